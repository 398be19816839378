"""Arrays in, arrays out, from a checkpoint alone."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from models.converters.test_checkpoint import save  # noqa: E402
from models.converters.test_converter import boxes_of, make  # noqa: E402
from pair_batches import SOURCE, TARGET, source_points  # noqa: E402

from mmlandmark.apis import LandmarkConverterInferencer  # noqa: E402
from mmlandmark.errors import LandmarkError  # noqa: E402


@pytest.fixture
def inferencer(tmp_path) -> LandmarkConverterInferencer:
    save(make('residual', uncertainty=True), tmp_path / 'best.pth')
    return LandmarkConverterInferencer(tmp_path / 'best.pth', batch_size=4)


def test_it_says_what_it_converts(inferencer):
    assert inferencer.source_schema == SOURCE and inferencer.target_schema == TARGET
    assert inferencer.name == 'six-to-four_residual'


def test_one_instance_is_one_of_many(inferencer):
    points = source_points(10)
    many = inferencer(points)
    assert many.points.shape == (10, 4, 2) and many.sigma.shape == (10, 4)
    for i in (0, 7):
        one = inferencer(points[i])
        np.testing.assert_allclose(one.points, many.points[i], atol=1e-3)
        np.testing.assert_allclose(one.sigma, many.sigma[i], rtol=1e-4)
        assert one.visible.shape == one.inferred.shape == (4,)


def test_nan_means_not_labelled(inferencer):
    points, visible = source_points(10), np.full((10, 6), 2)
    visible[:, 4] = 0
    wanted = inferencer(points, visible)
    points[:, 4] = np.nan
    found = inferencer(points)
    np.testing.assert_array_equal(found.points, wanted.points)
    np.testing.assert_array_equal(found.visible, wanted.visible)
    points[0] = np.nan
    nothing = inferencer(points[0])
    assert not nothing.visible.any() and not nothing.points.any()


def test_lists_do_as_well(inferencer):
    points = source_points(2)
    found = inferencer(points.tolist(), np.full((2, 6), 2).tolist())
    np.testing.assert_array_equal(found.points, inferencer(points).points)


def test_boxes_of_one_and_of_many(tmp_path):
    save(make('mlp', normalizer='bbox'), tmp_path / 'best.pth')
    inferencer, points = LandmarkConverterInferencer(tmp_path / 'best.pth'), source_points(3)
    many = inferencer(points, bboxes=boxes_of(points))
    one = inferencer(points[1], bboxes=boxes_of(points)[1])
    np.testing.assert_allclose(one.points, many.points[1], atol=1e-3)


@pytest.mark.parametrize('points', [np.zeros((5, 2)), np.zeros((3, 6, 3)), np.zeros(12), 5.0])
def test_wrong_shapes_are_named(inferencer, points):
    with pytest.raises(LandmarkError, match="'six' has 6 keypoints"):
        inferencer(points)


def test_a_batch_is_at_least_one(tmp_path):
    with pytest.raises(LandmarkError, match='batch_size is 0'):
        LandmarkConverterInferencer(tmp_path / 'best.pth', batch_size=0)
