"""What one process of two does in the test that they train maps of channels as one does."""

from __future__ import annotations

from pathlib import Path

import mmlandmark  # noqa: F401

# isort: split
import torch
from mmengine.dist import all_reduce_params, get_rank

from models.heads.channel_batches import build, random_samples
from models.heads.two_trainings import LayerAndHead, train_on

LOSSES = ['ChannelBCELoss', 'ChannelFocalLoss', 'ChannelMSELoss']
BATCHES = [
    # where the second process starts, sizes of the pictures, and how many points each has
    (3, [(32, 32), (20, 26), (32, 17), (9, 32)], [5, 0, 9, 2]),
    (1, [(32, 32), (32, 32), (32, 32)], [0, 3, 4]),  # none in the first process
    (2, [(32, 30), (12, 12), (30, 32)], [0, 0, 0]),
]


def train(kind: str) -> dict[str, torch.Tensor]:
    """Losses and gradients of a few steps on the same global batches, and the weights after."""
    torch.manual_seed(get_rank())  # processes start apart, as they may; the wrapper joins them
    layer = torch.nn.Conv2d(8, 8, 1)
    model = LayerAndHead(layer, build(loss=dict(type=kind), sigma=dict(corner=2, flap=1)))
    batches = []
    for step, (cut, sizes, counts) in enumerate(BATCHES):
        rng = torch.Generator().manual_seed(step)
        inputs = torch.randn(len(sizes), 8, 32, 32, generator=rng)
        batches.append((cut, inputs, random_samples(sizes, counts, step, (32, 32))))
    return train_on(model, batches)


def logged(kind: str) -> dict[str, float]:
    """What this process logs of its share of a batch, or of the whole."""
    cut, sizes, counts = BATCHES[0]
    part = slice(None)
    if torch.distributed.is_initialized():
        part = slice(0, cut) if get_rank() == 0 else slice(cut, None)
    inputs = torch.randn(len(sizes), 8, 32, 32, generator=torch.Generator().manual_seed(0))
    samples = random_samples(sizes, counts, 0, (32, 32))
    losses = build(loss=dict(type=kind)).loss(inputs[part], samples[part])
    return {name: value.item() for name, value in losses.items()}


def work(folder: Path) -> None:
    """Train with all losses; the outcome goes into a file."""
    found = {kind: (train(kind), logged(kind)) for kind in LOSSES}
    head = build()
    all_reduce_params(head.buffers(), op='mean')  # what SyncBuffersHook does after an epoch
    found['weights'] = dict(head.state_dict())
    torch.save(found, folder / f'{get_rank()}.pt')
