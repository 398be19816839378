"""One process of the test that two processes train a MultiDecoderHead as one does; run as a script
with torchrun's environment variables, or called for what one process does."""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from torch import distributed as dist

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import mmlandmark  # noqa: E402, F401

# isort: split
from mmengine.dist import get_rank, get_world_size  # noqa: E402
from mmengine.model import BaseModel, MMDistributedDataParallel  # noqa: E402

from models.heads.decoder_batches import build_head, features, randomised, samples  # noqa: E402

KINDS = ['msra', 'combined', 'deconv', 'rtmcc']
BATCHES = [
    # where the second process starts, and the data sets: it has no aic and one mpii
    (5, ['coco', 'aic', 'mpii', 'coco', 'aic', 'mpii', 'coco']),
    (2, ['coco', 'mpii', 'aic', 'aic', 'aic', 'mpii', 'coco']),
    (1, ['mpii', 'mpii', 'coco', 'mpii', 'coco', 'coco', 'mpii']),  # aic is in neither
]


class Model(BaseModel):
    """A layer that all data sets share, and the head."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.backbone = randomised(torch.nn.Conv2d(4, 4, 3, padding=1))
        self.head = build_head(kind, dataset_weights=dict(mpii=2.0))

    def forward(self, inputs, data_samples, mode):
        return self.head.loss((self.backbone(inputs),), data_samples)


def train(kind: str) -> dict[str, torch.Tensor]:
    """Losses and gradients of a few steps on the same global batches, and the weights after."""
    model = Model(kind)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):  # whose statistics are a process's own
            module.eval()
    wrapped = model
    if get_world_size() > 1:
        wrapped = MMDistributedDataParallel(model, device_ids=None, broadcast_buffers=False)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    found = {}
    for step, (cut, names) in enumerate(BATCHES):
        inputs, batch = (
            features(len(names), kind, step)[0].detach(),
            samples(names, kind, 0.6, step),
        )
        if get_world_size() > 1:
            part = slice(0, cut) if get_rank() == 0 else slice(cut, None)
            inputs, batch = inputs[part], batch[part]
        loss, logged = model.parse_losses(wrapped(inputs, batch, mode='loss'))
        optimizer.zero_grad()
        loss.backward()
        for key, value in logged.items():
            if 'loss' in key:  # each process has its part of the sum, times their number
                value = value.detach().clone()
                if get_world_size() > 1:
                    dist.all_reduce(value)
                found[f'{step}/{key}'] = value / get_world_size()
        for key, parameter in model.named_parameters():
            found[f'{step}/gradient/{key}'] = parameter.grad.clone()
        optimizer.step()
    return found | {f'after/{key}': value.clone() for key, value in model.named_parameters()}


if __name__ == '__main__':
    torch.set_num_threads(1)
    dist.init_process_group('gloo')
    torch.save({kind: train(kind) for kind in KINDS}, f'{sys.argv[1]}/{get_rank()}.pt')
    dist.destroy_process_group()
