"""What one process of two does in the test that they train a union head as one does."""

from __future__ import annotations

from pathlib import Path

import mmlandmark  # noqa: F401

# isort: split
import torch
from mmengine.dist import get_rank

from models.heads.two_trainings import LayerAndHead, train_on
from models.heads.union_batches import HEADS, build, pose_batch

KINDS = ['msra', 'udp_combined', 'rtmcc']
BATCHES = [
    # where the second process starts, the data sets, and what is labelled of which sample
    (5, ['coco', 'mpii', 'mpii', 'coco', 'coco', 'mpii'], {0: [3], 2: [1, 4], 5: range(5)}),
    (2, ['coco', 'coco', 'mpii', 'mpii', 'mpii', 'mpii'], {1: [], 3: range(9)}),
    (1, ['mpii', 'coco', 'mpii', 'coco', 'coco', 'mpii'], {0: []}),  # the first has no label
]


def train(kind: str) -> dict[str, torch.Tensor]:
    """Losses and gradients of a few steps on the same global batches, and the weights after."""
    torch.manual_seed(get_rank())  # processes start apart, as they may; the wrapper joins them
    backbone = torch.nn.Conv2d(8, 8, 3, padding=1)
    absent = {} if kind == 'rtmcc' else dict(absent_weight=0.25)
    model = LayerAndHead(backbone, build(kind, dataset_weights=dict(mpii=2.0), **absent))
    batches = []
    for step, (cut, names, labelled) in enumerate(BATCHES):
        rng = torch.Generator().manual_seed(step)
        inputs = torch.randn(len(names), 8, 16, 12, generator=rng)
        batch = pose_batch(names, HEADS[kind]['decoder'], labelled, seed=step)
        batches.append((cut, inputs, batch))
    return train_on(model, batches)


def work(folder: Path) -> None:
    """Train all kinds; the outcome goes into a file."""
    torch.save({kind: train(kind) for kind in KINDS}, folder / f'{get_rank()}.pt')
