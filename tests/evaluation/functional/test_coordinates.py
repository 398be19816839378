"""The error of single coordinates, by hand and as publications of hand landmarks compute it."""

from __future__ import annotations

import json

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_equal

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional import coord_mae, higher_is_better
from mmlandmark.schemas import get_schema

SIZES = np.array([[200.0, 100.0]])
TARGET = np.array([[[20.0, 30.0, -1.0], [60.0, 50.0, 1.0]]])


def test_hand_worked():
    pred = TARGET + [[[10.0, 10.0, 0.5], [-20.0, 0.0, 0.0]]]
    result = coord_mae(pred, TARGET, np.ones((1, 2)), SIZES)
    # x over 100, y over 50, z over its standard deviation of 1
    errors = [[0.1, 0.2, 0.5], [0.2, 0.0, 0.0]]
    assert_allclose(result.value, np.mean(errors))
    assert_allclose(list(result.per_keypoint.values()), np.mean(errors, axis=1))
    assert (result.name, result.unit) == ('coord_mae', 'standardized')
    assert (result.num_points, result.num_instances) == (2, 1)
    flat = coord_mae(pred[..., :2], TARGET[..., :2], np.ones((1, 2)), SIZES)
    assert flat.name == 'coord_mae/xy'
    assert_allclose(flat.value, (0.1 + 0.2 + 0.2 + 0.0) / 4)


@pytest.mark.parametrize('key', ['coord_mae', 'ouhands/coord_mae/xy', 'coord_mae/gesture=A'])
def test_smaller_is_better(key):
    assert higher_is_better(key) is False


def test_the_unit_of_depth_does_not_matter():
    rng = np.random.default_rng(0)
    target = rng.uniform(0, 100, (4, 5, 3))
    pred = target + rng.normal(0, 3, target.shape)
    arguments = (np.ones((4, 5)), np.full((4, 2), 100.0))
    scaled = [1, 1, 0.01]
    one, other = (
        coord_mae(pred, target, *arguments),
        coord_mae(pred * scaled, target * scaled, *arguments),
    )
    assert_allclose(one.value, other.value)


def test_depth_may_be_unlabelled_and_flat():
    target = np.tile(TARGET, (4, 1, 1))
    target[1, :, 2] = np.nan
    target[2, :, 2] = 0.0
    target[3, 1, 2] = np.nan  # one depth alone has no spread
    result = coord_mae(target[:1].repeat(4, 0), target, np.ones((4, 2)), SIZES.repeat(4, 0))
    assert result.excluded == {'no labelled depth': 1, 'spread of depth is zero': 2}
    assert result.num_instances == 1 and result.value == 0
    json.dumps(result.to_dict(), allow_nan=False)


def test_unlabelled_points_influence_nothing():
    rng = np.random.default_rng(1)
    target = rng.uniform(0, 100, (6, 5, 3))
    pred, visible = target + rng.normal(0, 3, target.shape), rng.integers(0, 3, (6, 5))
    sizes = np.full((6, 2), 100.0)
    clean = coord_mae(pred, target, visible, sizes)
    pred[visible == 0], target[visible == 0] = np.inf, np.nan
    assert_equal(coord_mae(pred, target, visible, sizes).to_dict(), clean.to_dict())


@pytest.mark.parametrize(
    'sizes', [[[0.0, 100.0]], [[np.nan, 100.0]], [100.0, 100.0], np.ones((2, 2))]
)
def test_sizes_are_positive_and_one_for_each_instance(sizes):
    with pytest.raises(LandmarkError, match='expected .*all positive'):
        coord_mae(TARGET, TARGET, np.ones((1, 2)), sizes)


def test_a_depth_that_is_no_number_is_refused():
    for points in (TARGET.copy(), TARGET.copy()):
        points[0, 1, 2] = np.inf
        with pytest.raises(LandmarkError, match=r"keypoint 1 \('1'\): not finite"):
            coord_mae(points, TARGET, np.ones((1, 2)), SIZES)


def test_real_hands_as_published(shared_data):
    """L1 over the 63 numbers of each hand, in torch: the other implementation."""
    torch = pytest.importorskip('torch')
    folder = shared_data / 'ouhands_layout' / 'landmarks' / 'test'
    hands, sizes = [], []
    for path in sorted(folder.glob('*.json'))[:40]:
        content = json.loads(path.read_text())
        hands.append([[point[axis] for axis in 'xyz'] for point in content['landmarks']])
        sizes.append(content['image_shape'][1::-1])
    raw, sizes = torch.tensor(hands, dtype=torch.float64), np.array(sizes, dtype=float)
    mean = raw.mean(0, keepdim=True).expand_as(raw)

    def standardised(points):
        plane = 2 * points[..., :2] - 1
        depth = points[..., 2:] / raw[..., 2:].std(1, correction=0, keepdim=True)
        return torch.cat([plane, depth], -1)

    expected = torch.nn.functional.l1_loss(standardised(mean), standardised(raw)).item()
    pixels = np.concatenate([sizes, np.ones((len(sizes), 1))], axis=1)[:, None]
    result = coord_mae(
        mean.numpy() * pixels,
        raw.numpy() * pixels,
        np.ones(raw.shape[:2]),
        sizes,
        schema=get_schema('hand21'),
    )
    assert_allclose(result.value, expected)
    assert {'thumb', 'index', 'middle', 'ring', 'pinky'} <= set(result.per_region)
