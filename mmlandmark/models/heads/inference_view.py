"""A head as inference wants it: both passes of a flip test at once, whole batches decoded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from copy import copy
from typing import Any

import torch
from mmengine.structures import InstanceData
from mmpose.models.heads import BaseHead
from torch import Tensor, nn

from mmlandmark.codecs.device_codec import DEVICE_CODECS, DeviceCodec, Outputs, device_codec
from mmlandmark.models.heads.device_options import DeviceOptionsMixin, instances_of

Features = Sequence[Tensor]


class BatchFeatures:
    """Features of one batch, which heads ask for in parts.

    Args:
        whole: Feature maps (N * P, C, H, W) of each level: those of P passes over N pictures.
        passes: How many; two with a flip test.
        autocast: Makes the context that layers run in.

    Attributes:
        parts: The features of each pass, as ``predict`` of a head takes them.
    """

    def __init__(
        self,
        whole: Features,
        passes: int,
        autocast: Callable[[], AbstractContextManager] = nullcontext,
    ) -> None:
        self.whole, self.autocast = whole, autocast
        self.parts = [whole] if passes == 1 else split_batch(whole, passes)

    def place(self, feats: Any) -> int | None:
        """Return which of the passes some features are; None if they are other ones."""
        return next((place for place, part in enumerate(self.parts) if part is feats), None)


def inference_view(head: nn.Module, features: BatchFeatures, on_device: bool) -> nn.Module:
    """Return a head that shares all weights and predicts one batch faster, with equal results.

    It runs its layers once for all passes, whichever it is asked for first. Outputs are float32,
    whatever autocast makes. Heads inside the head are such views too. The head itself is not
    touched.

    Args:
        head: A head of MMPose or of this package, in evaluation mode.
        features: What its ``predict`` is going to be given.
        on_device: Decode whole batches on the device, where that is known for the codec.
    """
    view = copy(head)
    parts = head._modules.items()
    view._modules = {name: _viewed(part, features, on_device) for name, part in parts}
    if isinstance(head, BaseHead):
        view.forward = _joined_forward(view, features)
        if on_device:
            _decode_on_device(view)
    return view


def decodes_on_device(head: nn.Module) -> bool:
    """Whether every head in a head, itself included, can decode on the device."""
    heads = [part for part in head.modules() if getattr(part, 'decoder', None) is not None]
    return bool(heads) and all(_device_codec(part) is not None for part in heads)


def split_batch(values: Any, passes: int) -> list[Any]:
    """Return the parts of tensors whose first axis has several passes one after another.

    Args:
        values: A tensor (N * P, ...), or a list or tuple of such.
        passes: P.
    """
    if isinstance(values, Tensor):
        return list(values.chunk(passes))
    parts = zip(*(split_batch(value, passes) for value in values), strict=True)
    return [type(values)(part) for part in parts]


def single_precision(values: Any) -> Any:
    """Return tensors of half precision, in lists and tuples too, as float32; others as they are."""
    if isinstance(values, Tensor):
        return values.float() if values.is_floating_point() and values.itemsize < 4 else values
    if isinstance(values, list | tuple):
        return type(values)(map(single_precision, values))
    return values


def _viewed(part: nn.Module | None, features: BatchFeatures, on_device: bool) -> nn.Module | None:
    """Return a part of a head: a view if it has a head in it, else itself."""
    if part is None or not any(isinstance(inner, BaseHead) for inner in part.modules()):
        return part
    return inference_view(part, features, on_device)


def _joined_forward(view: BaseHead, features: BatchFeatures) -> Callable[[Any], Any]:
    layers, known = view.forward, []

    def forward(feats: Any) -> Any:
        with features.autocast():
            return single_precision(layers(feats))

    def joined(feats: Any) -> Any:
        place = features.place(feats)
        if place is None:  # of some of the samples only, or changed
            return forward(feats)
        if not known:
            outputs = forward(features.whole)
            passes = len(features.parts)
            known.extend([outputs] if passes == 1 else split_batch(outputs, passes))
        return known[place]

    return joined


def _device_codec(head: BaseHead) -> DeviceCodec | None:
    decoder = getattr(head, 'decoder', None)
    usual = type(head).decode is BaseHead.decode or isinstance(head, DeviceOptionsMixin)
    if not usual or type(decoder) not in DEVICE_CODECS:
        return None
    return device_codec(decoder, type(head).__name__)


def _decode_on_device(view: BaseHead) -> None:
    codec = _device_codec(view)
    if codec is None:
        return
    if isinstance(view, DeviceOptionsMixin):
        view.decoding, view.device_codec = 'device', codec
        return

    def decode(batch_outputs: Outputs) -> list[InstanceData]:
        with torch.no_grad():
            return instances_of([codec.decode(batch_outputs)])[0]

    view.decode = decode
