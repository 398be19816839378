"""What a converter has learned to give, and what it says of the rest."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from pair_batches import NETWORKS, OPTIONS, SOURCE, TARGET, WEIGHTS, pair_arrays, source_points

from mmlandmark.models.converters import KeypointConverter
from mmlandmark.models.converters.checkpoint import check_same_weights
from mmlandmark.schemas import Mapping
from models.converters.test_converter import MAPPING, fit, make

EARS = [TARGET.index('left_ear'), TARGET.index('right_ear')]
CROWN = TARGET.index('crown')


def fitted(name: str, hidden: list[int], **options) -> KeypointConverter:
    """A converter fitted on pairs in which nobody labels some target points."""
    arrays = pair_arrays(60, noise=3.0)
    arrays['data_samples']['keypoints_visible'][:, hidden] = 0
    network = {'type': name, **NETWORKS[name]}
    converter = KeypointConverter(**{**OPTIONS, 'network': network, 'mapping': None, **options})
    fit(converter, arrays)
    return converter.eval()


@pytest.mark.parametrize('name', NETWORKS)
def test_a_target_that_no_pair_labels_is_not_given(name):
    converter = fitted(name, [CROWN])
    assert converter.covered.tolist() == [i != CROWN for i in range(4)]
    result = converter.convert(source_points(3), np.full((3, 6), 2))
    np.testing.assert_array_equal(result.visible > 0, np.tile(converter.covered.numpy(), (3, 1)))
    assert not result.inferred[:, CROWN].any()
    missing = np.full((3, 6), 2)
    missing[:, 0] = 0
    result = converter.convert(source_points(3), missing)
    assert not result.visible[:, CROWN].any() and not result.inferred[:, CROWN].any()


@pytest.mark.parametrize(
    ('options', 'hidden', 'covered'),
    [
        (dict(mapping=MAPPING), [CROWN], True),  # as the hand-made rule says
        (dict(), EARS[:1], True),  # as the other ear
        (dict(flip_average=False), EARS[:1], False),
        (dict(), EARS, False),
    ],
)
def test_the_affine_base_knows_more_than_the_labels(options, hidden, covered):
    for name in ('affine', 'residual'):
        assert fitted(name, hidden, **options).covered[hidden].all() == covered
    assert not fitted('mlp', hidden, **options).covered[hidden].any()


def test_pairs_that_are_not_used_teach_nothing():
    arrays = pair_arrays(60)
    arrays['data_samples']['keypoints_visible'][1:, CROWN] = 0
    arrays['inputs']['keypoints_visible'][0] = 0
    converter = KeypointConverter(**{**OPTIONS, 'mapping': None})
    fit(converter, arrays)
    assert not converter.covered[CROWN]


def test_what_is_covered_is_in_the_checkpoint():
    state = fitted('mlp', [CROWN]).state_dict()
    other = make('mlp')
    other.load_state_dict(state)
    assert not other.covered[CROWN]
    del state['covered']  # as converters before wrote it
    check_same_weights(
        other.describe(), {f'head.converter.{k}': v for k, v in state.items()}, other
    )
    other.load_state_dict(state)
    assert other.covered.all()


def test_a_mapping_with_few_rules_adds_only_those():
    few = Mapping('few', SOURCE, TARGET, {TARGET.keypoints[CROWN]: [SOURCE.keypoints[0]]})
    assert fitted('affine', [CROWN, *EARS], mapping=few).covered.tolist() == [
        i not in EARS for i in range(4)
    ]
    assert torch.is_tensor(make().covered)


def test_visibility_follows_from_the_points_that_carry_a_target():
    converter = make('affine')
    converter.affine_weight.data = torch.as_tensor(WEIGHTS, dtype=torch.float32)
    visible = np.full((4, 6), 2)
    visible[1, SOURCE.index('chin')] = 1
    visible[2, SOURCE.index('chin')] = 0
    visible[3, SOURCE.index('left_eye')] = 0
    result = converter.convert(source_points(4), visible)
    # the crown hangs on the chin and both eyes; each ear on both eyes; the lip on none of them
    expected = [[2, 2, 2, 2], [2, 2, 1, 2], [2, 2, 1, 2], [1, 1, 1, 2]]
    np.testing.assert_array_equal(result.visible, expected)
    np.testing.assert_array_equal(result.inferred, np.array(expected) * [[0], [0], [1], [1]] == 1)


def test_visibility_may_be_booleans_scores_or_minus_one():
    converter, points = make(), source_points(5)
    wanted = converter.convert(points, np.array([[2, 2, 2, 2, 0, 2]] * 5))
    for visible in ([[2, 2, 2, 2, -1, 2]] * 5, [[2.0, 2, 2, 2, 0, 2]] * 5):
        result = converter.convert(points, np.array(visible))
        np.testing.assert_array_equal(result.points, wanted.points)
        np.testing.assert_array_equal(result.visible, wanted.visible)
    scores = converter.convert(points, np.array([[0.4, 0.9, 1, 0.1, 0, 1]] * 5))
    np.testing.assert_array_equal(scores.points, wanted.points)
    assert (scores.visible == 1).all()


def test_too_few_points_are_not_converted():
    converter = make(min_source_points=3)
    visible = np.array([[2, 2, 2, 0, 0, 0], [2, 2, 0, 0, 0, 0], [0] * 6])
    result = converter.convert(source_points(3), visible)
    np.testing.assert_array_equal((result.visible > 0).all(1), [True, False, False])
    assert not result.points[1:].any() and not result.inferred[1:].any()
