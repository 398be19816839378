"""Losses on maps of channels."""

from __future__ import annotations

import torch
from mmpose.registry import MODELS
from torch import Tensor
from torch.nn import functional as F

from mmlandmark.errors import LandmarkError
from mmlandmark.models.losses.channel_base import ChannelMapLoss


@MODELS.register_module()
class ChannelBCELoss(ChannelMapLoss):
    """Binary cross-entropy of a cell's probability and its target, minus the target's entropy.

    That is the Kullback-Leibler divergence: the entropy is a constant, which a perfect map has to
    pay as well, since targets are not only 0 and 1. Gradients are those of the cross-entropy.

    Args:
        loss_weight: Factor of the whole loss.
    """

    def penalty(self, outputs: Tensor, targets: Tensor, centres: Tensor | None) -> Tensor:
        """Return (B, C, h, w); see the base class."""
        entropy = torch.special.entr(targets) + torch.special.entr(1 - targets)
        cross = F.binary_cross_entropy_with_logits(outputs, targets, reduction='none')
        return cross - entropy


@MODELS.register_module()
class ChannelFocalLoss(ChannelMapLoss):
    """The focal loss of CenterNet (Zhou et al., Objects as Points, 2019), per keypoint.

    A cell that holds a keypoint costs ``-(1 - p)^alpha log p``, each other cell
    ``-(1 - t)^beta p^alpha log(1 - p)`` for its target ``t``. It is zero for 1 in the cells with
    keypoints and 0 elsewhere, so its peaks are narrower than the targets.

    Args:
        alpha: The larger, the less a cell counts that is nearly right.
        beta: The larger, the less a cell close to a keypoint counts.
        loss_weight: Factor of the whole loss.
    """

    per = 'keypoints'

    def __init__(self, alpha: float = 2.0, beta: float = 4.0, loss_weight: float = 1.0) -> None:
        super().__init__(loss_weight)
        for name, value in (('alpha', alpha), ('beta', beta)):
            if not 0 <= value < float('inf'):
                raise LandmarkError(
                    f'ChannelFocalLoss: {name} is {value!r}, expected a finite number, at least 0'
                )
        self.alpha, self.beta = alpha, beta

    def penalty(self, outputs: Tensor, targets: Tensor, centres: Tensor | None) -> Tensor:
        """Return (B, C, h, w); see the base class.

        Raises:
            LandmarkError: The centres are not given.
        """
        if centres is None:
            raise LandmarkError('ChannelFocalLoss: no centres given, expected (B, C, h, w) bool')
        # one formula for both: the sign turns the log of p into that of 1 - p
        wrong = torch.where(centres, -outputs, outputs)
        focus = torch.exp(self.alpha * F.logsigmoid(wrong))
        near = torch.where(centres, 1.0, (1 - targets) ** self.beta)
        return near * focus * F.softplus(wrong)


@MODELS.register_module()
class ChannelMSELoss(ChannelMapLoss):
    """Squared difference of what the head gives, without a sigmoid, and the target.

    Args:
        loss_weight: Factor of the whole loss.
    """

    sigmoid = False

    def penalty(self, outputs: Tensor, targets: Tensor, centres: Tensor | None) -> Tensor:
        """Return (B, C, h, w); see the base class."""
        return (outputs - targets).square()
