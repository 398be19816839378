"""Inputs of any size for networks that halve theirs a number of times."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.nn import functional


def pad_to_multiple(inputs: Tensor, divisor: int) -> Tensor:
    """Return (..., H, W) with zeros below and right of it, up to the next multiples."""
    down, right = (-size % divisor for size in inputs.shape[-2:])
    return functional.pad(inputs, (0, right, 0, down)) if down or right else inputs


def crop_to_stride(maps: Tensor, size: Sequence[int], stride: int) -> Tensor:
    """Return the cells of (..., h, w) that cover a picture: ceil(H / stride) x ceil(W / stride).

    Args:
        maps: Maps of the padded picture; cell 0 begins at the picture's corner.
        size: (H, W) of the picture before it was padded.
        stride: Pixels per cell.
    """
    height, width = (-(-pixels // stride) for pixels in size)
    return maps[..., :height, :width]


class PaddedBackbone(BaseModule):
    """A network of one map whose size follows from the input's: ceil(input / stride).

    A subclass sets the attributes and gives the map of a padded input. Zeros are what is padded
    with, after the normalisation: the mean colour.

    Attributes:
        normalization: Applied to the input; nothing is changed where a subclass sets none.
        divisor: Sides of the padded input are multiples of it.
        channels: One number, those of the map.
        strides: One number, pixels of the input per pixel of the map.
    """

    divisor: int
    channels: tuple[int]
    strides: tuple[int]

    def __init__(self, init_cfg: dict | list[dict] | None = None) -> None:
        super().__init__(init_cfg)
        self.normalization: nn.Module = nn.Identity()

    def forward(self, inputs: Tensor) -> tuple[Tensor]:
        """Return the map (B, C, ceil(H / stride), ceil(W / stride)) of pictures (B, 3, H, W)."""
        maps = self.extract(pad_to_multiple(self.normalization(inputs), self.divisor))
        return (crop_to_stride(maps, inputs.shape[-2:], self.strides[0]),)

    @abstractmethod
    def extract(self, inputs: Tensor) -> Tensor:
        """Return the map of pictures whose sides are multiples of ``divisor``."""
