"""The preprocessor: what it adds, and when it augments."""

from __future__ import annotations

import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmpose.registry import MODELS  # noqa: E402
from pair_batches import SOURCE, TARGET, pair_arrays  # noqa: E402

AUGMENTATIONS = [
    dict(type='RandomKeypointFlip', prob=1.0),
    dict(type='RandomSimilarity', rotation=20.0, scale=0.1),
]


def build(augmentations: list[dict]) -> torch.nn.Module:
    return MODELS.build(
        dict(
            type='KeypointPreprocessor',
            source_schema=SOURCE,
            target_schema=TARGET,
            augmentations=augmentations,
        )
    )


def test_augments_in_training_alone():
    data = pair_arrays(10)
    given = build(AUGMENTATIONS)(data, training=False)
    assert torch.equal(given['inputs']['keypoints'], data['inputs']['keypoints'])
    assert torch.equal(given['inputs']['axes'], torch.eye(2).expand(10, 2, 2))
    changed = build(AUGMENTATIONS)(data, training=True)
    assert float((changed['inputs']['keypoints'] - data['inputs']['keypoints']).abs().max()) > 1
    assert (torch.linalg.det(changed['inputs']['axes']) < 0).all()


def test_unlabelled_nans_do_not_get_past_it():
    data = pair_arrays(10, hidden=0.3)
    for side in data.values():
        side['keypoints'][side['keypoints_visible'] == 0] = torch.nan
    for training in (False, True):
        given = build(AUGMENTATIONS)(data, training=training)
        for part in ('inputs', 'data_samples'):
            assert torch.isfinite(given[part]['keypoints']).all()
        assert torch.isfinite(given['inputs']['unit']).all()


def test_everything_else_goes_through():
    data = pair_arrays(10)
    data['data_samples']['head_size'] = torch.arange(10.0)
    given = build([])(data, training=True)
    for key in ('ids', 'img_ids', 'index', 'head_size', 'bboxes'):
        assert torch.equal(given['data_samples'][key], data['data_samples'][key])


def test_the_unit_is_that_of_the_points_before_any_is_dropped():
    data = pair_arrays(10)
    drop = dict(type='DropKeypoints', prob=1.0, max_share=0.5, min_points=1)
    given = build([drop])(data, training=True)
    whole = build([])(data, training=True)
    assert (given['inputs']['keypoints_visible'] == 0).any()
    assert torch.equal(given['inputs']['unit'], whole['inputs']['unit'])
