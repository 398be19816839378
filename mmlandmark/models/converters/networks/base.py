"""What every converter network promises."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn

from mmlandmark.models.converters.registry import NetworkContext


class ConverterNetwork(nn.Module):
    """Turns normalised source points into normalised target points.

    Args:
        context: The schemas that the network stands between.
    """

    uses_base: ClassVar[bool] = False
    """Whether the output is added to the affine base instead of standing alone."""

    def __init__(self, context: NetworkContext) -> None:
        super().__init__()
        self.num_source = context.source.num_keypoints
        self.num_target = context.target.num_keypoints

    def forward(self, points: Tensor, visible: Tensor) -> Tensor:
        """Return (B, T, 2).

        Args:
            points: (B, S, 2) normalised coordinates, missing points filled in.
            visible: (B, S) bool, False where a point was filled in.
        """
        raise NotImplementedError
