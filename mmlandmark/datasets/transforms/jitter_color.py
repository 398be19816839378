"""Random changes of colour, as those of torchvision."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS
from torchvision.transforms import v2


@TRANSFORMS.register_module()
class JitterColor(BaseTransform):
    """Torchvision's ``ColorJitter`` and then, now and then, a grey picture.

    Args:
        brightness: A factor between ``1 - brightness`` and ``1 + brightness``.
        contrast: The same.
        saturation: The same.
        hue: A shift between ``-hue`` and ``hue`` of the whole circle, 0.5 at most.
        grey: Probability of a grey picture; it keeps its three channels.
    """

    random = True  # test pipelines refuse it

    def __init__(
        self,
        brightness: float = 0.0,
        contrast: float = 0.0,
        saturation: float = 0.0,
        hue: float = 0.0,
        grey: float = 0.0,
    ) -> None:
        self.change = v2.Compose(
            [v2.ColorJitter(brightness, contrast, saturation, hue), v2.RandomGrayscale(grey)]
        )

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Replace ``img``, (H, W, 3) uint8 BGR."""
        rgb = torch.from_numpy(np.ascontiguousarray(results['img'][..., ::-1].transpose(2, 0, 1)))
        changed = self.change(rgb).numpy().transpose(1, 2, 0)
        results['img'] = np.ascontiguousarray(changed[..., ::-1])
        return results
