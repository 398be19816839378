"""What one process of two does in the test that they train a MultiDecoderHead as one does."""

from __future__ import annotations

from pathlib import Path

import mmlandmark  # noqa: F401

# isort: split
import torch
from mmengine.dist import get_rank

from models.heads.decoder_batches import build_head, features, randomised, samples
from models.heads.two_trainings import LayerAndHead, train_on

KINDS = ['msra', 'combined', 'deconv', 'rtmcc']
BATCHES = [
    # where the second process starts, and the data sets: it has no aic and one mpii
    (5, ['coco', 'aic', 'mpii', 'coco', 'aic', 'mpii', 'coco']),
    (2, ['coco', 'mpii', 'aic', 'aic', 'aic', 'mpii', 'coco']),
    (1, ['mpii', 'mpii', 'coco', 'mpii', 'coco', 'coco', 'mpii']),  # aic is in neither
]


def train(kind: str) -> dict[str, torch.Tensor]:
    """Losses and gradients of a few steps on the same global batches, and the weights after."""
    backbone = randomised(torch.nn.Conv2d(4, 4, 3, padding=1))
    model = LayerAndHead(backbone, build_head(kind, dataset_weights=dict(mpii=2.0)))
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):  # whose statistics are a process's own
            module.eval()
    batches = [
        (cut, features(len(names), kind, step)[0].detach(), samples(names, kind, 0.6, step))
        for step, (cut, names) in enumerate(BATCHES)
    ]
    return train_on(model, batches)


def work(folder: Path) -> None:
    """Train all kinds; the outcome goes into a file."""
    torch.save({kind: train(kind) for kind in KINDS}, folder / f'{get_rank()}.pt')
