from __future__ import annotations

import numpy as np
import pytest

from mmlandmark.apis.regions import crop_regions
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import KeypointSchema

SCHEMA = KeypointSchema(
    'small', ('a', 'b', 'c'), regions={'pair': ('a', 'b'), 'dot': ('c',), 'all': ('a', 'b', 'c')}
)
PICTURE = np.arange(20 * 30 * 3, dtype=np.uint16).reshape(20, 30, 3).astype(np.uint8)
POINTS = np.array([[4.0, 5.0], [14.0, 10.0], [40.0, 12.0]])


def test_crops_are_parts_of_the_picture():
    (found,) = crop_regions(PICTURE, POINTS, schema=SCHEMA, margin=0.1, scores=[0.2, 0.4, 0.9])
    pair = found['pair']
    np.testing.assert_allclose(pair.box, [3, 4, 15, 11])
    np.testing.assert_array_equal(pair.crop, PICTURE[4:12, 3:16])
    assert pair.statistics['mean_score'] == pytest.approx(0.3)
    assert pair.statistics['area_share'] == pytest.approx(12 * 7 / 600)
    # one point past the picture: what is left is clipped to it
    np.testing.assert_allclose(found['all'].box[2], 30)
    assert found['all'].crop.shape[1] == 30


def test_a_crop_is_a_copy():
    (found,) = crop_regions(PICTURE, POINTS, schema=SCHEMA)
    before = PICTURE.copy()
    found['pair'].crop[:] = 0
    np.testing.assert_array_equal(PICTURE, before)


def test_an_empty_region_has_a_reason():
    points = np.stack([POINTS, POINTS + 100])
    visible = np.array([[2, 2, 0], [2, 2, 2]])
    one, other = crop_regions(PICTURE, points, visible, schema=SCHEMA)
    assert one['dot'].crop is None
    assert one['dot'].box is None
    assert one['dot'].reason == 'no labelled point'
    assert np.isnan(one['dot'].statistics['width'])
    assert other['pair'].reason == 'outside the picture'


def test_missing_points_need_no_visibility():
    points = POINTS.copy()
    points[2] = np.nan
    (found,) = crop_regions(PICTURE, points, schema=SCHEMA, regions=['dot', 'all'])
    assert found['dot'].reason == 'no labelled point'
    assert found['all'].statistics['points'] == 2


def test_one_name_is_one_region():
    (found,) = crop_regions(PICTURE, POINTS, schema=SCHEMA, regions='pair')
    assert list(found) == ['pair']


def test_arrays_that_do_not_fit():
    with pytest.raises(LandmarkError, match='str is no picture'):
        crop_regions('dog.png', POINTS, schema=SCHEMA)
    with pytest.raises(LandmarkError, match=r'expected \(N, 3, 2\)'):
        crop_regions(PICTURE, POINTS[:2], schema=SCHEMA)
    with pytest.raises(LandmarkError, match=r'visible of shape .* expected \(1, 3\)'):
        crop_regions(PICTURE, POINTS, np.ones((2, 3)), schema=SCHEMA)
