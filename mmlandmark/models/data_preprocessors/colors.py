"""Changes of colour of whole batches, each picture by a factor of its own; as in torchvision.

Pictures are (B, 3, H, W) floating point RGB from 0 to 255, factors (B,) on the same device.
"""

from __future__ import annotations

import torch
from torch import Tensor

_LUMA = (0.2989, 0.587, 0.114)


def change_brightness(pictures: Tensor, factors: Tensor) -> Tensor:
    """Multiply; 0 is black and 1 the picture itself."""
    return (pictures * _each(factors)).clamp_(0, 255)


def change_contrast(pictures: Tensor, factors: Tensor) -> Tensor:
    """Blend with the mean grey of the picture; 0 is that grey and 1 the picture itself."""
    mean = luma(pictures).mean(dim=(1, 2, 3), keepdim=True)
    return _blended(pictures, mean, factors)


def change_saturation(pictures: Tensor, factors: Tensor) -> Tensor:
    """Blend with the grey picture; 0 is that and 1 the picture itself."""
    return _blended(pictures, luma(pictures), factors)


def change_hue(pictures: Tensor, shifts: Tensor) -> Tensor:
    """Turn the hue, by shares of the whole circle; 0 is the picture itself."""
    most, least = pictures.amax(1), pictures.amin(1)
    spread = most - least
    red, green, blue = pictures.unbind(1)
    safe = torch.where(spread > 0, spread, 1.0)
    sixth = torch.where(
        most == red,
        (green - blue) / safe,
        torch.where(most == green, (blue - red) / safe + 2, (red - green) / safe + 4),
    )
    sixth = sixth + 6 * shifts[:, None, None]
    # each channel falls from the maximum to the minimum over two sixths of the circle
    channels = []
    for start in (5, 3, 1):
        place = torch.remainder(sixth + start, 6)
        channels.append(most - spread * torch.minimum(place, 4 - place).clamp(0, 1))
    return torch.stack(channels, dim=1)


def luma(pictures: Tensor) -> Tensor:
    """Return the grey pictures, (B, 1, H, W)."""
    red, green, blue = pictures.split(1, dim=1)
    return red * _LUMA[0] + green * _LUMA[1] + blue * _LUMA[2]


def _blended(pictures: Tensor, others: Tensor, factors: Tensor) -> Tensor:
    return torch.lerp(others.expand_as(pictures), pictures, _each(factors)).clamp_(0, 255)


def _each(factors: Tensor) -> Tensor:
    return factors[:, None, None, None]
