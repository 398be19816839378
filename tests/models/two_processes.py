"""What one process of two does in the test that they train as one does."""

from __future__ import annotations

from pathlib import Path

import mmlandmark  # noqa: F401

# isort: split
import torch
from mmengine.dist import get_rank, get_world_size
from mmengine.model import MMDistributedDataParallel
from mmengine.optim import OptimWrapper
from mmpose.registry import MODELS
from pair_batches import SOURCE, TARGET, pair_arrays
from torch import distributed as dist

STEPS, SIZE = 6, 24
LOSSES = ['CauchyPointLoss', 'L1PointLoss', 'StudentTPointLoss']


def share_of(data: dict, step: int) -> dict:
    """This process's part of one global batch; the shares are unequal, also in labelled points."""
    rows = torch.arange(step, step + SIZE)
    if get_world_size() > 1:
        rows = rows[:7] if get_rank() == 0 else rows[7:]
    return {part: {k: v[rows] for k, v in side.items()} for part, side in data.items()}


def build(loss: str) -> torch.nn.Module:
    torch.manual_seed(get_rank())  # processes start apart, as they may; the wrapper joins them
    model = MODELS.build(
        dict(
            type='LandmarkConverter',
            source_schema=SOURCE,
            target_schema=TARGET,
            head=dict(
                network=dict(type='residual', hidden=(16, 16), dropout=0.0), loss=dict(type=loss)
            ),
        )
    ).double()
    for module in model.modules():  # that of the uncertainty is random as well
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    return model


def train(loss: str) -> dict[str, torch.Tensor]:
    """Losses of some steps on the same global batches, the first gradient, the weights after."""
    data = pair_arrays(SIZE + STEPS, noise=2.0, hidden=0.4)
    for side in data.values():
        side['keypoints'] = side['keypoints'].double()
    inputs, samples = data['inputs'], data['data_samples']
    model = build(loss)
    converter = model.head.converter
    points = inputs['keypoints'], inputs['keypoints_visible'], samples['keypoints']
    converter.fit(*points, samples['keypoints_visible'])
    wrapped = model
    if get_world_size() > 1:
        wrapped = MMDistributedDataParallel(model, device_ids=None, broadcast_buffers=False)
    wrapper = OptimWrapper(torch.optim.AdamW(model.parameters(), lr=1e-2))
    losses, first = [], {}
    for step in range(STEPS):
        batch = share_of(data, step)
        value = wrapped.train_step(batch, wrapper)['loss'].detach()
        if get_world_size() > 1:  # each process has its part of the sum, times their number
            dist.all_reduce(value)
            value /= get_world_size()
        losses.append(value)
        if step == 0:
            first = {
                f'gradient/{k}': p.grad for k, p in model.named_parameters() if p.requires_grad
            }
            first = {k: v.clone() for k, v in first.items() if v is not None}
    return {'losses': torch.stack(losses), **first, **model.state_dict()}


def work(folder: Path) -> None:
    """Train with all losses; the outcome goes into a file."""
    torch.save({loss: train(loss) for loss in LOSSES}, folder / f'{get_rank()}.pt')
