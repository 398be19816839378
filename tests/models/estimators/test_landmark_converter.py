"""The estimator: MMEngine's three modes on a pair batch."""

from __future__ import annotations

import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.optim import OptimWrapper  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402
from pair_batches import NETWORKS, SOURCE, TARGET, pair_arrays  # noqa: E402

AUGMENTATIONS = [dict(type='RandomKeypointFlip'), dict(type='DropKeypoints')]


def build(name: str = 'residual', augmentations: list | None = None) -> torch.nn.Module:
    torch.manual_seed(0)
    return MODELS.build(
        dict(
            type='LandmarkConverter',
            source_schema=SOURCE,
            target_schema=TARGET,
            data_preprocessor=dict(augmentations=augmentations or []),
            head=dict(network={'type': name, **NETWORKS[name]}),
        )
    )


def test_modes():
    model, data = build().eval(), pair_arrays(6)
    assert set(model(**data, mode='loss')) == {'loss_kpt'}
    samples = model(**data, mode='predict')
    points = model(data['inputs'], mode='tensor')
    assert points.shape == (6, 4, 2) and len(samples) == 6
    assert (samples[2].pred_instances.keypoints[0] == points[2].detach().numpy()).all()
    with pytest.raises(ValueError, match="mode is 'train'"):
        model(**data, mode='train')


def test_the_preprocessor_and_the_head_have_the_schemas_of_the_model():
    model = build(augmentations=AUGMENTATIONS)
    assert model.head.converter.source_schema == SOURCE
    assert model.data_preprocessor.augmentations[0].target_flip.tolist() == [1, 0, 2, 3]


@pytest.mark.parametrize('name', [n for n in NETWORKS if n != 'affine'])
def test_steps_bring_the_loss_down(name):
    model, data = build(name, AUGMENTATIONS), pair_arrays(64, noise=1.0, hidden=0.1)
    wrapper = OptimWrapper(torch.optim.AdamW(model.parameters(), lr=0.01))
    losses = [float(model.train_step(data, wrapper)['loss']) for _ in range(40)]
    assert sum(losses[-5:]) < 0.75 * sum(losses[:5])


def test_test_step_and_val_step_augment_nothing():
    model, data = build(augmentations=AUGMENTATIONS).eval(), pair_arrays(6)
    for step in (model.val_step, model.test_step):
        for sample, points in zip(step(data), data['data_samples']['keypoints'], strict=True):
            assert (sample.gt_instances.keypoints[0] == points.numpy()).all()
