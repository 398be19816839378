"""A model's network as inference runs it: fewer layers, a faster memory format, equal results."""

from __future__ import annotations

from copy import deepcopy
from itertools import chain
from typing import Any

import torch
from mmpose.models.heads import BaseHead
from mmpose.models.pose_estimators import TopdownPoseEstimator
from torch import Tensor, nn

from mmlandmark.models.folded_batchnorm import fold_batchnorm

#: More at a time overflow the caches of a CPU.
_BATCH_ON_CPU, _BATCH = 4, 64


def default_batch_size(device: str | torch.device) -> int:
    """Return how many boxes at a time suit a device."""
    return _BATCH_ON_CPU if torch.device(device).type == 'cpu' else _BATCH


class InferenceNetwork:
    """Keeps a copy of a model that is faster; the model itself is never changed.

    The copy shares all weights that are not changed, and is made anew after the model's have been.

    Args:
        model: In evaluation mode.
        fuse: Fold each batch normalisation into the convolution before it.
        channels_last: Give weights that memory format; None: on a CPU.

    Attributes:
        memory_format: What inputs should have.
    """

    def __init__(
        self, model: TopdownPoseEstimator, fuse: bool = True, channels_last: bool | None = None
    ) -> None:
        self.model, self.fuse = model, fuse
        if channels_last is None:
            channels_last = model.data_preprocessor.device.type == 'cpu'
        self.channels_last = channels_last
        self.memory_format = torch.channels_last if channels_last else torch.contiguous_format
        self._copy, self._stamp = model, None

    def __call__(self, inputs: Tensor) -> TopdownPoseEstimator:
        """Return the model to run.

        Args:
            inputs: (N, 3, H, W) that it is going to be given: the first is run to see what follows
                what.
        """
        if not (self.fuse or self.channels_last):
            return self.model
        stamp = _stamp(self.model)
        if stamp != self._stamp:
            self._copy, self._stamp = self._made(inputs[:1]), stamp
        return self._copy

    def _made(self, inputs: Tensor) -> TopdownPoseEstimator:
        shared = chain(self.model.parameters(), self.model.buffers())
        copy = deepcopy(self.model, {id(tensor): tensor for tensor in shared})
        if self.fuse:
            fold_batchnorm(copy, lambda: _outputs(copy, inputs))
        if self.channels_last:
            for part in copy.modules():
                _reorder(part)
        return copy


def _outputs(model: TopdownPoseEstimator, inputs: Tensor) -> Any:
    features = model.extract_feat(inputs)
    head = model.head
    return head.forward(features) if isinstance(head, BaseHead) else features


def _reorder(part: nn.Module) -> None:
    """Bring the weights of a layer into another memory format; those it shares stay as they are."""
    for name, weight in part._parameters.items():
        if weight is not None and weight.dim() == 4:
            moved = weight.detach().contiguous(memory_format=torch.channels_last)
            part._parameters[name] = nn.Parameter(moved, requires_grad=False)


def _stamp(model: nn.Module) -> tuple:
    """Return what differs once a weight has been changed or replaced."""
    tensors = chain(model.parameters(), model.buffers())
    versions = ((t.data_ptr(), 0 if t.is_inference() else t._version) for t in tensors)
    return model.training, tuple(versions), _first_values(model)


def _first_values(model: nn.Module) -> bytes:
    """Return one value of each parameter: changes of ``.data`` leave no trace in its version.

    Such are the swaps of MMEngine's ``EMAHook`` before and after a validation.
    """
    values = [p.detach().as_strided((1,), (1,)) for p in model.parameters() if p.numel()]
    return torch.cat(values).double().cpu().numpy().tobytes() if values else b''
