"""A loss on heatmaps in which the background does not decide."""

from __future__ import annotations

import torch
from mmpose.registry import MODELS
from torch import Tensor, nn

from mmlandmark.errors import LandmarkError


@MODELS.register_module()
class BalancedHeatmapLoss(nn.Module):
    """Squared error in which the pixels around a keypoint and all others weigh as stated.

    A Gaussian of sigma 2 covers 4 % of a map of 64 x 64: in a plain mean over pixels the empty
    rest weighs 24 times as much, and a blank map is nearly right. Here a map's loss is ``s`` times
    the mean squared error over its foreground plus ``1 - s`` times that over its background, so
    its scale does not depend on the size of the map or on sigma either. The loss is the mean over
    the keypoints with a target weight above zero; the others have no influence, NaN included.

    It takes the place of MMPose's ``KeypointMSELoss`` in ``HeatmapHead`` and ``UnionHeatmapHead``.

    Args:
        foreground_share: ``s``, from 0 to 1; a half by default.
        threshold: A pixel is foreground where its target is above. A Gaussian falls to 0.011 at
            three sigma, where MMPose's codecs cut it off.
        use_target_weight: Multiply a keypoint's loss by its target weight; otherwise each that
            has a weight above zero counts alike.
        loss_weight: Factor of the whole loss.

    Raises:
        LandmarkError: The share is not from 0 to 1, or the threshold is not below 1.
    """

    def __init__(
        self,
        foreground_share: float = 0.5,
        threshold: float = 0.01,
        use_target_weight: bool = True,
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__()
        where = type(self).__name__
        if not 0 <= foreground_share <= 1:
            raise LandmarkError(
                f'{where}: foreground_share is {foreground_share!r}, expected 0 to 1'
            )
        if not 0 <= threshold < 1:
            raise LandmarkError(f'{where}: threshold is {threshold!r}, expected 0 or more, below 1')
        self.foreground_share, self.threshold = foreground_share, threshold
        self.use_target_weight, self.loss_weight = use_target_weight, loss_weight

    def forward(
        self, output: Tensor, target: Tensor, target_weights: Tensor | None = None
    ) -> Tensor:
        """Return the loss, a scalar; zero, with zero gradient, where no keypoint is supervised.

        Args:
            output: Maps (B, K, H, W).
            target: The codec's maps (B, K, H, W), 1 at a keypoint; anything where not supervised.
            target_weights: (B, K), above zero where supervised; None: everywhere.

        Raises:
            LandmarkError: The codec makes several maps of a keypoint.
        """
        if target_weights is None:
            target_weights = output.new_ones(output.shape[:2])
        if target_weights.shape != output.shape[:2]:
            raise LandmarkError(
                f'{type(self).__name__}: {output.shape[1]} maps and target weights of shape '
                f'{tuple(target_weights.shape)}; expected one heatmap per keypoint'
            )
        supervised = target_weights > 0
        # before the difference, or a NaN label would reach the gradient through 0 * NaN
        wanted = torch.where(supervised[..., None, None], target, output.detach())
        squared = (output.float() - wanted.float()).square()
        foreground = wanted > self.threshold
        values = self.foreground_share * _mean_where(squared, foreground)
        values = values + (1 - self.foreground_share) * _mean_where(squared, ~foreground)
        if self.use_target_weight:
            values = values * torch.where(supervised, target_weights, 0.0)
        values = torch.where(supervised, values, 0.0)
        return self.loss_weight * values.sum() / supervised.sum().clamp(min=1)


def _mean_where(values: Tensor, mask: Tensor) -> Tensor:
    """Return the mean of (B, K, H, W) over the pixels of a mask, (B, K); zero without one."""
    count = mask.sum(dim=(-2, -1)).clamp(min=1)
    return torch.where(mask, values, 0.0).sum(dim=(-2, -1)) / count
