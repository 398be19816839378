"""A batch goes to the device in few copies that nothing waits for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from mmengine.structures import BaseDataElement
from mmpose.models.data_preprocessors import PoseDataPreprocessor
from mmpose.registry import MODELS
from mmpose.structures import MultilevelPixelData
from torch import Tensor


@MODELS.register_module()
class PackedPoseDataPreprocessor(PoseDataPreprocessor):
    """Takes the place of MMPose's ``PoseDataPreprocessor``, with the same result.

    MMPose moves every picture and every label of every sample alone, and on a GPU waits for each
    of these copies and for each change of RGB to BGR. Here the pictures are one copy and so are
    all labels of a type, from pinned memory, and they are waited for by the device only. Pictures
    of different sizes are moved one by one.

    Args:
        As those of ``PoseDataPreprocessor``; ``non_blocking`` is always on.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **(options | dict(non_blocking=True)))
        self._swaps_channels, self._channel_conversion = self._channel_conversion, False

    def cast_data(self, data: Any) -> Any:
        """Return a batch of the loader on the device.

        Args:
            data: ``inputs``: pictures (3, H, W); ``data_samples``: as many, changed in place.
        """
        pictures, samples = data['inputs'], data['data_samples']
        if len({picture.shape for picture in pictures}) == 1:
            (inputs,) = _moved([_stacked(pictures, self.device)], self.device)
            inputs = inputs.flip(1) if self._swaps_channels else inputs
        else:
            inputs = _moved(pictures, self.device)
            if self._swaps_channels:
                inputs = [picture.flip(0) for picture in inputs]
        if self.device.type != 'cpu':
            move_samples(samples, self.device)
        return dict(data, inputs=inputs)


def move_samples(samples: Sequence[BaseDataElement], device: torch.device) -> None:
    """Move all tensors of samples to a device, those of one type in one copy.

    Args:
        samples: Changed in place; arrays and metainfo stay as they are.
        device: Where to; nothing waits until they are there.
    """
    places = [place for sample in samples for place in _places(sample)]
    by_type: dict[torch.dtype, list[tuple[BaseDataElement, str, Tensor]]] = {}
    for place in places:
        by_type.setdefault(place[2].dtype, []).append(place)
    for kind in by_type.values():
        joined = torch.cat([value.flatten() for *_, value in kind])
        (moved,) = _moved([joined], device)
        parts = moved.split([value.numel() for *_, value in kind])
        for (owner, field, value), part in zip(kind, parts, strict=True):
            owner.set_field(part.view(value.shape), field)
    for sample in samples:
        _move_levels(sample, device)


def _move_levels(sample: BaseDataElement, device: torch.device) -> None:
    """Move maps of several levels, which a sample holds as lists of tensors."""
    for field, value in sample.items():
        if isinstance(value, MultilevelPixelData):
            sample.set_field(value.to(device, non_blocking=True), field)


def _places(element: BaseDataElement) -> Iterator[tuple[BaseDataElement, str, Tensor]]:
    """Yield the element, the field and the value of each tensor in an element."""
    for field, value in element.items():
        if isinstance(value, BaseDataElement):
            yield from _places(value)
        elif isinstance(value, Tensor):
            yield element, field, value


def _stacked(pictures: Sequence[Tensor], device: torch.device) -> Tensor:
    if not _needs_pinning(pictures[0], device):
        return torch.stack(list(pictures))
    shape = (len(pictures), *pictures[0].shape)
    whole = torch.empty(shape, dtype=pictures[0].dtype, pin_memory=True)
    return torch.stack(list(pictures), out=whole)


def _moved(tensors: Sequence[Tensor], device: torch.device) -> list[Tensor]:
    pinned = (one.pin_memory() if _needs_pinning(one, device) else one for one in tensors)
    return [tensor.to(device, non_blocking=True) for tensor in pinned]


def _needs_pinning(tensor: Tensor, device: torch.device) -> bool:
    return tensor.device.type == 'cpu' and device.type == 'cuda'
