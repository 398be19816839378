"""A layer and a head trained on given batches, by one process or by each of two with its share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import mmlandmark  # noqa: F401

# isort: split
import torch
from mmengine.dist import get_rank, get_world_size
from mmengine.model import BaseModel, MMDistributedDataParallel
from torch import distributed as dist


class LayerAndHead(BaseModel):
    """A layer that all data sets share, and the head."""

    def __init__(self, backbone: torch.nn.Module, head: torch.nn.Module) -> None:
        super().__init__()
        self.backbone, self.head = backbone, head

    def forward(self, inputs, data_samples, mode):
        return self.head.loss((self.backbone(inputs),), data_samples)


def train_on(
    model: LayerAndHead, batches: Iterable[tuple[int, torch.Tensor, list[Any]]]
) -> dict[str, torch.Tensor]:
    """Losses and gradients of a step on each global batch, and the weights after.

    Args:
        model: The model, wrapped here without find_unused_parameters where there are two processes.
        batches: Where the second process starts, the inputs and the samples.
    """
    wrapped = model
    if get_world_size() > 1:
        wrapped = MMDistributedDataParallel(model, device_ids=None, broadcast_buffers=False)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    found = {}
    for step, (cut, inputs, batch) in enumerate(batches):
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
