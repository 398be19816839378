import dataclasses
import re

import numpy as np
import pytest
from coco_files import CROSS, SQUARE, make_pairs
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlandmark.annotations.agreement import disagreement
from mmlandmark.annotations.pairs import read_pairs
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import KeypointSchema, get_schema

FILES = {
    'body_coco17_mpii16/train.json': ('coco17', 'mpii16'),
    'body_coco17_mpii16/val.json': ('coco17', 'mpii16'),
    'face68_face48/train.json': ('face68', 'face48'),
    'face68_face48/val.json': ('face68', 'face48'),
    'face21_face68/train.json': ('aflw21', 'face68'),
}


@pytest.fixture(scope='module', params=sorted(FILES))
def real(request, shared_data):
    source, target = map(get_schema, FILES[request.param])
    return read_pairs(shared_data / request.param, source, target, force=True)


def changed(pairs, **values):
    return disagreement(dataclasses.replace(pairs, **values))


def test_real_pairs_agree(real):
    assert disagreement(real) is None


def test_real_pairs_agree_in_the_other_direction(real):
    back = dataclasses.replace(
        real,
        source_schema=real.target_schema,
        target_schema=real.source_schema,
        source_points=real.target_points,
        target_points=real.source_points,
        source_visible=real.target_visible,
        target_visible=real.source_visible,
    )
    assert disagreement(back) is None


def test_small_parts_of_real_pairs_agree(real):
    rng = np.random.default_rng(0)
    for count in rng.integers(1, 30, 40):
        part = real.select(np.sort(rng.permutation(len(real))[:count]))
        assert disagreement(part) is None


def test_left_and_right_exchanged_are_named(real):
    partner = real.target_schema.flip_indices
    said = changed(
        real,
        target_points=real.target_points[:, partner],
        target_visible=real.target_visible[:, partner],
    )
    assert 'look swapped' in said
    assert 'right_' in said and 'left_' in said


def test_one_exchanged_pair_of_points_is_named(real):
    schema = real.target_schema
    first = {
        'mpii16': 'right_knee',
        'face48': 'right_eye_outer',
        'face68': 'outer_lip_0',
    }[schema.name]
    pair = [schema.index(first), int(schema.flip_indices[schema.index(first)])]
    points, visible = real.target_points.copy(), real.target_visible.copy()
    points[:, pair], visible[:, pair] = points[:, pair[::-1]], visible[:, pair[::-1]]
    names = [schema.keypoints[i] for i in sorted(pair)]
    assert changed(real, target_points=points, target_visible=visible) == (
        f'{names[0]} and {names[1]} look swapped'
    )


def test_other_instances_exchanged_axes_and_another_size_are_said(real):
    other = np.random.default_rng(0).permutation(len(real))
    said = changed(
        real, target_points=real.target_points[other], target_visible=real.target_visible[other]
    )
    assert 'different instances' in said
    assert 'x and y' in changed(real, target_points=real.target_points[..., ::-1])
    said = changed(real, target_points=real.target_points * 2)
    assert re.search(r'its image were (1\.9[5-9]|2\.0[0-5]) times as large', said)


def test_points_in_another_order_are_named(shared_data):
    pairs = read_pairs(
        shared_data / 'face68_face48' / 'val.json', get_schema('face68'), get_schema('face48')
    )
    index = pairs.target_schema.index
    order = np.arange(48)
    order[[index('chin'), index('nasion')]] = index('nasion'), index('chin')
    said = changed(pairs, target_points=pairs.target_points[:, order])
    assert 'nasion lies at the source jaw_8' in said


def test_loading_refuses_with_a_reason_and_obeys_force():
    data = make_pairs()
    for annotation in data['annotations']:
        points = annotation['keypoints_target']
        points[3:9] = points[6:9] + points[3:6]
    with pytest.raises(LandmarkError, match='left_top and right_top look swapped.*force'):
        read_pairs(data, SQUARE, CROSS)
    assert len(read_pairs(data, SQUARE, CROSS, force=True)) == 30


@pytest.mark.parametrize('shift', [0, 1])
def test_schemas_without_a_common_point_are_compared_by_their_centres(shift):
    data = make_pairs()
    names = ['a', 'b', 'c']
    data['categories'][0]['keypoints_target'] = names
    targets = [annotation['keypoints_target'] for annotation in data['annotations']]
    for annotation, target in zip(data['annotations'], np.roll(targets, shift, 0), strict=True):
        annotation['keypoints_target'] = target.tolist()
    strange = KeypointSchema(name='strange', keypoints=tuple(names))
    pairs = read_pairs(data, SQUARE, strange, force=True)
    assert (disagreement(pairs) is None) == (shift == 0)


@settings(max_examples=20, deadline=None)
@given(st.floats(-1000, 1000), st.floats(-1000, 1000), st.floats(0.1, 10), st.sampled_from([4, 30]))
def test_agreement_does_not_hang_on_place_or_size(x, y, scale, count):
    pairs = read_pairs(make_pairs(count), SQUARE, CROSS)
    moved = {
        side: getattr(pairs, side) * scale + [x, y] for side in ('source_points', 'target_points')
    }
    assert changed(pairs, **moved) is None
