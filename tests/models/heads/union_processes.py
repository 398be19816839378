"""One process of the test that two processes train a union head as one does; run as a script with
torchrun's environment variables, or called for what one process does."""

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

from models.heads.union_batches import HEADS, build, pose_batch  # noqa: E402

KINDS = ['msra', 'udp_combined', 'rtmcc']
BATCHES = [
    # where the second process starts, the data sets, and what is labelled of which sample
    (5, ['coco', 'mpii', 'mpii', 'coco', 'coco', 'mpii'], {0: [3], 2: [1, 4], 5: range(5)}),
    (2, ['coco', 'coco', 'mpii', 'mpii', 'mpii', 'mpii'], {1: [], 3: range(9)}),
    (1, ['mpii', 'coco', 'mpii', 'coco', 'coco', 'mpii'], {0: []}),  # the first has no label
]


class Model(BaseModel):
    """A layer that all data sets share, and the head."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        torch.manual_seed(get_rank())  # processes start apart, as they may; the wrapper joins them
        self.backbone = torch.nn.Conv2d(8, 8, 3, padding=1)
        absent = {} if kind == 'rtmcc' else dict(absent_weight=0.25)
        self.head = build(kind, dataset_weights=dict(mpii=2.0), **absent)

    def forward(self, inputs, data_samples, mode):
        return self.head.loss((self.backbone(inputs),), data_samples)


def train(kind: str) -> dict[str, torch.Tensor]:
    """Losses and gradients of a few steps on the same global batches, and the weights after."""
    model = Model(kind)
    wrapped = model
    if get_world_size() > 1:
        wrapped = MMDistributedDataParallel(model, device_ids=None, broadcast_buffers=False)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    found = {}
    for step, (cut, names, labelled) in enumerate(BATCHES):
        rng = torch.Generator().manual_seed(step)
        inputs = torch.randn(len(names), 8, 16, 12, generator=rng)
        batch = pose_batch(names, HEADS[kind]['decoder'], labelled, seed=step)
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
