"""MMPose's codecs for whole batches of tensors, on the device that they are on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import lru_cache
from typing import Any, NamedTuple

import torch
from mmpose.codecs import MSRAHeatmap, SimCCLabel, UDPHeatmap
from torch import Tensor

from mmlandmark.errors import LandmarkError
from mmlandmark.geometry.dark_refinement import refine_dark, refine_dark_udp, refine_simcc_dark
from mmlandmark.geometry.gaussian_blur import blur
from mmlandmark.geometry.heatmap_maxima import (
    heatmap_maximum,
    shift_by_quarter,
    simcc_maximum,
    simcc_visibility,
)
from mmlandmark.geometry.heatmap_targets import (
    cut_hits,
    cut_profiles,
    offset_maps,
    outer,
    whole_hits,
    whole_profiles,
)
from mmlandmark.geometry.product_maps import ProductMaps
from mmlandmark.geometry.simcc_targets import (
    gaussian_hits,
    gaussian_vectors,
    simcc_bins,
    standard_hits,
    standard_vectors,
)

Outputs = Tensor | tuple[Tensor, Tensor]
"""Maps (B, K * M, H, W), or SimCC's vectors (B, K, Wx) and (B, K, Wy)."""


class Decoded(NamedTuple):
    """What a batch of outputs says.

    Args:
        points: (B, K, 2) float32, pixels of the input.
        scores: (B, K) float32.
        visibility: (B, K) float32 of a codec that decodes it, else None.
    """

    points: Tensor
    scores: Tensor
    visibility: Tensor | None = None


class DeviceCodec(ABC):
    """Draws what a codec of MMPose encodes, and decodes what it decodes.

    Args:
        codec: The codec.
    """

    def __init__(self, codec: Any) -> None:
        self.codec = codec

    def weigh(self, points: Tensor, visible: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
        """Return the weights of targets and which of these are drawn, both (...).

        Args:
            points: (..., 2) pixels of the input.
            visible: (...); drawn from 0.5 on.
            weights: (...) of the data set; 0 in the result where a target would lie outside.
        """
        labelled, hits = visible >= 0.5, self.hits(_float(points))
        return weights.masked_fill(labelled & ~hits, 0), labelled & hits

    def draw(self, points: Tensor, drawn: Tensor) -> tuple[Tensor, ...]:
        """Return the targets of points, one row each; all 0 where not drawn.

        Args:
            points: (N, 2) pixels of the input.
            drawn: (N,) bool.

        Returns:
            Maps (N, M, H, W), or SimCC's (N, 1, Wx) and (N, 1, Wy); float32.
        """
        return self.rows(_float(points), drawn)

    def products(self, points: Tensor, drawn: Tensor) -> ProductMaps | None:
        """Return what ``draw`` draws, without multiplying it out; arguments as there.

        None where the codec's targets are no products.
        """
        profiles = self.profiles(_float(points), drawn)
        return None if profiles is None else ProductMaps(*profiles)

    @abstractmethod
    def hits(self, points: Tensor) -> Tensor:
        """Whether targets lie inside, (...) bool, for points (..., 2)."""

    def profiles(self, points: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor] | None:
        """Return profiles (N, W) and (N, H) of ``products``; points as those of ``rows``."""
        return None

    def rows(self, points: Tensor, drawn: Tensor) -> tuple[Tensor, ...]:
        """As ``draw``, for points of at least single precision."""
        return (outer(*self.profiles(points, drawn))[:, None],)

    @abstractmethod
    def decode(self, outputs: Any) -> Decoded:
        """Return points, from maps (B, K * M, H, W) or vectors (B, K, Wx) and (B, K, Wy)."""


class DeviceMSRA(DeviceCodec):
    """``MSRAHeatmap``, unbiased (DARK) or not."""

    def hits(self, points: Tensor) -> Tensor:
        """See the base class."""
        hits = whole_hits if self.codec.unbiased else cut_hits
        return hits(self._cells(points), self.codec.heatmap_size, self.codec.sigma)

    def profiles(self, points: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor]:
        """See the base class."""
        size, sigma = self.codec.heatmap_size, self.codec.sigma
        if self.codec.unbiased:
            return whole_profiles(self._cells(points), drawn, size, sigma)
        return cut_profiles(self._cells(points), drawn, size, sigma, on_point=False)

    def decode(self, outputs: Tensor) -> Decoded:
        """See the base class."""
        points, scores = heatmap_maximum(outputs)
        if self.codec.unbiased:
            points = refine_dark(points, outputs, self.codec.blur_kernel_size)
        else:
            points = shift_by_quarter(points, outputs)
        return Decoded(points * _scale(self.codec, points.device), scores)

    def _cells(self, points: Tensor) -> Tensor:
        return points / _scale(self.codec, points.device)


class DeviceUDP(DeviceCodec):
    """``UDPHeatmap``, whose combined target has three maps of a keypoint."""

    def hits(self, points: Tensor) -> Tensor:
        """See the base class; the combined target knows no outside."""
        if self._combined:
            return torch.ones_like(points[..., 0], dtype=torch.bool)
        return cut_hits(self._cells(points), self.codec.heatmap_size, self.codec.sigma)

    def profiles(self, points: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor] | None:
        """See the base class."""
        if self._combined:
            return None
        size, sigma = self.codec.heatmap_size, self.codec.sigma
        return cut_profiles(self._cells(points), drawn, size, sigma, on_point=True)

    def rows(self, points: Tensor, drawn: Tensor) -> tuple[Tensor, ...]:
        """See the base class."""
        if not self._combined:
            return super().rows(points, drawn)
        size, radius = self.codec.heatmap_size, self.codec.radius_factor
        return (offset_maps(self._cells(points), drawn, size, radius),)

    def decode(self, outputs: Tensor) -> Decoded:
        """See the base class."""
        codec = self.codec
        if self._combined:
            points, scores = self._decode_combined(outputs)
        else:
            points, scores = heatmap_maximum(outputs)
            points = refine_dark_udp(points, outputs, codec.blur_kernel_size)
        width, height = codec.heatmap_size
        last = _constant((float(width - 1), float(height - 1)), points.device)
        size = _constant(tuple(map(float, codec.input_size)), points.device)
        return Decoded(points / last * size, scores)

    def _decode_combined(self, outputs: Tensor) -> tuple[Tensor, Tensor]:
        height, width = map(int, outputs.shape[-2:])
        maps = outputs.unflatten(1, (-1, 3))
        discs = blur(maps[:, :, 0], 2 * self.codec.blur_kernel_size + 1, 'reflect')
        points, scores = heatmap_maximum(discs)
        x, y = points.long().unbind(-1)
        cells = (y * width + x).clamp(min=0)[..., None]
        way = [maps[:, :, axis].flatten(2).gather(2, cells).float() for axis in (1, 2)]
        way = torch.cat(way, dim=2) * (self.codec.radius_factor * max(width, height))
        return torch.where((x >= 0)[..., None], points + way, points), scores

    def _cells(self, points: Tensor) -> Tensor:
        return points / _scale(self.codec, points.device)

    @property
    def _combined(self) -> bool:
        return self.codec.heatmap_type == 'combined'


class DeviceSimCC(DeviceCodec):
    """``SimCCLabel``, Gaussian or one-hot."""

    def __init__(self, codec: SimCCLabel) -> None:
        super().__init__(codec)
        self.lengths = tuple(round(side * codec.simcc_split_ratio) for side in codec.input_size)
        self.sigma = tuple(map(float, codec.sigma))

    def hits(self, points: Tensor) -> Tensor:
        """See the base class."""
        bins = simcc_bins(points, self.codec.simcc_split_ratio)
        if self.codec.smoothing_type == 'standard':
            return standard_hits(bins, self.lengths)
        return gaussian_hits(bins, self.lengths, self.sigma)

    def rows(self, points: Tensor, drawn: Tensor) -> tuple[Tensor, ...]:
        """See the base class."""
        codec, bins = self.codec, simcc_bins(points, self.codec.simcc_split_ratio)
        if codec.smoothing_type == 'standard':
            smoothing = codec.label_smooth_weight
            return tuple(
                standard_vectors(bins[:, None, axis], drawn[:, None], length, smoothing)
                for axis, length in enumerate(self.lengths)
            )
        return tuple(
            gaussian_vectors(
                bins[:, None, axis], drawn[:, None], length, self.sigma[axis], codec.normalize
            )
            for axis, length in enumerate(self.lengths)
        )

    def decode(self, outputs: tuple[Tensor, Tensor]) -> Decoded:
        """See the base class."""
        codec = self.codec
        bins, scores = simcc_maximum(*outputs)
        if codec.use_dark:
            refined = [
                refine_simcc_dark(place, vectors, _dark_kernel(sigma))
                for place, vectors, sigma in zip(bins.unbind(-1), outputs, self.sigma, strict=True)
            ]
            bins = torch.stack(refined, dim=-1)
        visibility = None
        if codec.decode_visibility:
            visibility = simcc_visibility(*outputs, codec.decode_beta, self.sigma)
        return Decoded(bins / codec.simcc_split_ratio, scores, visibility)


DEVICE_CODECS: dict[type, type[DeviceCodec]] = {
    MSRAHeatmap: DeviceMSRA,
    UDPHeatmap: DeviceUDP,
    SimCCLabel: DeviceSimCC,
}


def device_codec(codec: Any, where: str) -> DeviceCodec:
    """Return what does on the device what a codec does on the CPU.

    Args:
        codec: Of MMPose.
        where: Whose codec it is, for the message.

    Raises:
        LandmarkError: There is nothing for that codec.
    """
    found = DEVICE_CODECS.get(type(codec))  # not a subclass, which may do something else
    if found is None:
        known = ', '.join(kind.__name__ for kind in DEVICE_CODECS)
        name = 'None' if codec is None else type(codec).__name__
        raise LandmarkError(
            f"{where}: decoder is {name}; targets='device' and decoding='device' are there for "
            f"{known}; set targets='pipeline' and decoding='codec'"
        )
    return found(codec)


def _float(points: Tensor) -> Tensor:
    return points.to(torch.promote_types(points.dtype, torch.float32))


def _scale(codec: Any, device: torch.device) -> Tensor:
    return _constant(tuple(map(float, codec.scale_factor)), device)


@lru_cache(maxsize=64)
def _constant(values: tuple[float, ...], device: torch.device) -> Tensor:
    """Return numbers that are kept on a device, so that it is waited for only once."""
    return torch.tensor(values, dtype=torch.float32, device=device)


def _dark_kernel(sigma: float) -> int:
    """Return the size of the blur that goes with a sigma in bins, odd."""
    size = int((sigma * 20 - 7) // 3)
    return size - 1 + size % 2
