"""What one process of two does in the test that they train heads of hands as one does."""

from __future__ import annotations

from pathlib import Path

import mmlandmark  # noqa: F401

# isort: split
import numpy as np
import torch
from mmengine.dist import get_rank

from models.heads.hand_batches import HEADS, build, samples, truth
from models.heads.two_trainings import LayerAndHead, train_on

BATCHES = [
    # where the second process starts, how many samples, those without any label, those without z
    (1, 3, [], [0]),
    (2, 3, [2], [0, 1]),
    (1, 3, [0], [1, 2]),  # no z at all
]


def train(kind: str) -> dict[str, torch.Tensor]:
    """Losses and gradients of a few steps on the same global batches, and the weights after."""
    torch.manual_seed(get_rank())  # processes start apart, as they may; the wrapper joins them
    model = LayerAndHead(torch.nn.Conv2d(6, 6, 3, padding=1), build(kind))
    batches = []
    for step, (cut, count, without, flat) in enumerate(BATCHES):
        rng = torch.Generator().manual_seed(step)
        points, visible, space = truth(count, seed=step)
        visible[without] = 0
        visible[:, step : step + 4] = 0
        space[flat, :, 2] = np.nan
        inputs = torch.randn(count, 6, 3, 4, generator=rng)
        batches.append((cut, inputs, samples(HEADS[kind]['decoder'], points, visible, space)))
    return train_on(model, batches)


def work(folder: Path) -> None:
    """Train all kinds; the outcome goes into a file."""
    torch.save({kind: train(kind) for kind in HEADS}, folder / f'{get_rank()}.pt')
