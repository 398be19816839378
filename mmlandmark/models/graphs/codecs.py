"""Codecs of MMPose and of this package as modules that decode whole batches of tensors."""

from __future__ import annotations

import math
from typing import Any

import torch
from mmpose.codecs import IntegralRegressionLabel, RegressionLabel
from torch import Tensor, nn

from mmlandmark.codecs import LandmarkStandardization, SimCCDepthLabel
from mmlandmark.codecs.device_codec import DEVICE_CODECS
from mmlandmark.errors import LandmarkError


class DeviceDecoder(nn.Module):
    """A codec that there is on the device: MSRA, UDP and SimCC, with DARK or not.

    Args:
        codec: Of MMPose.
    """

    def __init__(self, codec: Any) -> None:
        super().__init__()
        self.device_codec = DEVICE_CODECS[type(codec)](codec)

    def forward(self, *outputs: Tensor) -> tuple[Tensor, Tensor]:
        """Return points (B, K, 2) in pixels of the input and scores (B, K), float32."""
        decoded = self.device_codec.decode(outputs[0] if len(outputs) == 1 else outputs)
        return decoded.points, decoded.scores


class RegressionDecoder(nn.Module):
    """``RegressionLabel``: shares of the input, and their spread of a head that says it.

    Args:
        codec: Of MMPose.
    """

    def __init__(self, codec: RegressionLabel | IntegralRegressionLabel) -> None:
        super().__init__()
        size = getattr(codec, 'keypoint_codec', codec).input_size
        self.register_buffer('size', torch.tensor(size, dtype=torch.float32))

    def forward(self, coordinates: Tensor) -> tuple[Tensor, Tensor]:
        """Return points and scores of coordinates (B, K, 2), or (B, K, 4) with spreads."""
        points = coordinates[..., :2] * self.size
        if coordinates.shape[-1] == 2:
            return points, _ones(points)
        return points, (1 - coordinates[..., 2:]).mean(-1)


class StandardizedDecoder(nn.Module):
    """``LandmarkStandardization``: x and y from -1 to 1; z is left out.

    Args:
        codec: Of this package.
    """

    def __init__(self, codec: LandmarkStandardization) -> None:
        super().__init__()
        self.register_buffer('half_size', torch.tensor(codec.input_size, dtype=torch.float32) / 2)

    def forward(self, coordinates: Tensor) -> tuple[Tensor, Tensor]:
        """Return points and scores, which are 1, of coordinates (B, K, D)."""
        points = (coordinates[..., :2].float() + 1) * self.half_size
        return points, _ones(points)


class DistributionDecoder(nn.Module):
    """``SimCCDepthLabel``: distributions over x and over y; z is left out.

    Args:
        codec: Of this package.
        beta: Factor of the vectors before the softmax.
    """

    def __init__(self, codec: SimCCDepthLabel, beta: float) -> None:
        super().__init__()
        self.codec, self.beta = codec, beta

    def forward(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Return points and scores of vectors (B, K, Wx) and (B, K, Wy)."""
        places, peaks = [], []
        for vector, sigma in zip((x, y), self.codec.points.sigma, strict=True):
            shares = (vector.float() * self.beta).softmax(dim=-1)
            places.append(self._place(shares) / self.codec.simcc_split_ratio)
            peaks.append(shares.amax(-1) * (float(sigma) * math.sqrt(2 * math.pi)))
        return torch.stack(places, dim=-1), torch.minimum(*peaks).clamp(max=1.0)

    def _place(self, shares: Tensor) -> Tensor:
        if self.codec.decode_by == 'peak':
            return shares.max(dim=-1).indices.float()
        bins = torch.arange(int(shares.shape[-1]), dtype=torch.float32, device=shares.device)
        return (shares * bins).sum(-1)


def build_decoder(codec: Any, where: str, beta: float = 1.0) -> nn.Module:
    """Return what decodes the outputs of a head.

    Args:
        codec: The head's.
        where: The head, for messages.
        beta: Of the head's loss, for ``SimCCDepthLabel``.

    Raises:
        LandmarkError: There is no such module for the codec.
    """
    if type(codec) in DEVICE_CODECS:
        return DeviceDecoder(codec)
    if type(codec) in (RegressionLabel, IntegralRegressionLabel):
        return RegressionDecoder(codec)
    if type(codec) is LandmarkStandardization:
        return StandardizedDecoder(codec)
    if type(codec) is SimCCDepthLabel:
        return DistributionDecoder(codec, beta)
    known = [kind.__name__ for kind in DEVICE_CODECS]
    known += ['RegressionLabel', 'LandmarkStandardization', 'SimCCDepthLabel']
    name = 'None' if codec is None else type(codec).__name__
    raise LandmarkError(
        f'{where}: its decoder is {name}, which cannot be exported; there are {", ".join(known)}'
    )


def _ones(points: Tensor) -> Tensor:
    """Return a score of 1 for points (B, K, 2); a graph would fix the batch of ``ones_like``."""
    return points[..., 0] * 0 + 1
