"""The highest cell of each map or pair of vectors: whole batches, on their device.

Equal to what MMPose's codecs find, but for all maps at once. Points are in cells.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


def heatmap_maximum(maps: Tensor) -> tuple[Tensor, Tensor]:
    """Return where each map is highest, and how high.

    Args:
        maps: (..., H, W), of any float type.

    Returns:
        Points (..., 2), the first of several cells that are equally high, and -1 where none is
        above zero; scores (...). Both float32. A map with a NaN has its first NaN as its highest.
    """
    scores, cells = _highest(maps.flatten(-2))
    width = int(maps.shape[-1])
    points = torch.stack((cells % width, cells.div(width, rounding_mode='floor')), dim=-1)
    return _found(points, scores)


def simcc_maximum(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Return where SimCC's vectors (..., Wx) and (..., Wy) are highest, and how high.

    Returns:
        Bins (..., 2), -1 where either vector is nowhere above zero; scores (...), the lower of the
        two heights. Both float32.
    """
    (x_scores, x_bins), (y_scores, y_bins) = _highest(x), _highest(y)
    return _found(torch.stack((x_bins, y_bins), dim=-1), torch.minimum(x_scores, y_scores))


def simcc_visibility(x: Tensor, y: Tensor, beta: float, sigma: tuple[float, float]) -> Tensor:
    """Return the probability of the likeliest bin, (...) float32, as RTMPose's visibility.

    Args:
        x: (..., Wx).
        y: (..., Wy).
        beta: Factor of the vectors before the softmax, beside sigma.
        sigma: In x and in y, bins.
    """
    likely = [
        (vectors.float() * (beta * spread)).softmax(dim=-1).amax(dim=-1)
        for vectors, spread in zip((x, y), sigma, strict=True)
    ]
    return torch.minimum(*likely)


def shift_by_quarter(points: Tensor, maps: Tensor) -> Tensor:
    """Move points by a quarter of a cell, in x and in y, towards the higher neighbour.

    Args:
        points: (..., 2), from `heatmap_maximum`.
        maps: (..., H, W).
    """
    height, width = map(int, maps.shape[-2:])
    x, y = points.long().unbind(-1)
    flat, cell = maps.flatten(-2), y * width + x

    def rise(step: int) -> Tensor:
        near = torch.stack((cell - step, cell + step), dim=-1).clamp(0, height * width - 1)
        before, after = flat.gather(-1, near).float().unbind(-1)
        return (after - before).sign()

    # as MMPose has it: neither the first two cells nor the last
    in_x = (x > 1) & (x < width - 1) & (y > 0)
    in_y = (y > 1) & (y < height - 1) & (x > 0)
    shift = torch.stack((torch.where(in_x, rise(1), 0.0), torch.where(in_y, rise(width), 0.0)), -1)
    return points + 0.25 * shift


def _highest(values: Tensor) -> tuple[Tensor, Tensor]:
    """Return the highest of values (..., N) and where the first of these is, both (...)."""
    traced = torch.compiler.is_compiling() or torch.jit.is_tracing()
    single = values.dtype in (torch.float32, torch.float64)
    if values.device.type != 'cpu' or traced or not single or not values.numel():
        return values.max(dim=-1)
    # numpy compares several values at once, where torch goes from one to the next
    places = torch.from_numpy(np.asarray(values.detach().numpy().argmax(axis=-1)))
    return values.gather(-1, places[..., None])[..., 0], places


def _found(points: Tensor, scores: Tensor) -> tuple[Tensor, Tensor]:
    return points.float().masked_fill((scores <= 0)[..., None], -1), scores.float()
