"""The share of keypoints that a batch's prediction has right, without leaving the device."""

from __future__ import annotations

import torch
from torch import Tensor

from mmlandmark.geometry.product_maps import ProductMaps
from mmlandmark.models.heads.row_losses import Rows


def map_peaks(*blocks: Tensor) -> Tensor:
    """Return where each map is highest, (N, 2) x and y; -1 where none is above zero.

    Args:
        blocks: Maps (N_i, H, W) of one size; they are looked at where they are, not joined.
    """
    found = [block.flatten(1).max(dim=1) for block in blocks]
    values, position = found[0] if len(found) == 1 else map(torch.cat, zip(*found, strict=True))
    width = blocks[0].shape[-1]
    peaks = torch.stack((position % width, position.div(width, rounding_mode='floor')), dim=1)
    return peaks.masked_fill((values <= 0)[:, None], -1)


def row_peaks(rows: Tensor | ProductMaps) -> Tensor:
    """Return where maps (N, 1, H, W) are highest, as `map_peaks` does."""
    if isinstance(rows, ProductMaps):
        return vector_peaks(rows.x, rows.y)
    return map_peaks(rows[:, 0])


def vector_peaks(x: Tensor, y: Tensor) -> Tensor:
    """Return where SimCC's vectors (N, Wx) and (N, Wy) are highest, (N, 2) bins.

    Both are -1 where either vector is nowhere above zero.
    """
    (x_values, x_position), (y_values, y_position) = x.max(dim=1), y.max(dim=1)
    peaks = torch.stack((x_position, y_position), dim=1)
    return peaks.masked_fill((torch.minimum(x_values, y_values) <= 0)[:, None], -1)


def mean_pck(
    pred: Tensor,
    target: Tensor,
    size: tuple[int, int],
    keypoints: Tensor,
    num_keypoints: int,
    thr: float = 0.05,
    mask: Tensor | None = None,
) -> Tensor:
    """Return the share of points within a distance, averaged over keypoints, a scalar.

    Args:
        pred: (N, 2) x and y.
        target: (N, 2) x and y.
        size: What differences in x and in y are divided by.
        keypoints: Which keypoint each point is, (N,) int64; one that does not occur does not
            enter the mean.
        num_keypoints: All numbers in ``keypoints`` are below this.
        thr: The distance, not included.
        mask: The points that count, (N,) bool, by default all; without one the result is 0.
    """
    shares, present = keypoint_pck(pred, target, size, keypoints, num_keypoints, thr, mask)
    return shares.sum() / present.sum().clamp(min=1)


def keypoint_pck(
    pred: Tensor,
    target: Tensor,
    size: tuple[int, int],
    keypoints: Tensor,
    num_keypoints: int,
    thr: float = 0.05,
    mask: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Return the share of points within a distance for each keypoint.

    Args:
        As ``mean_pck``.

    Returns:
        The shares (K,), zero where a keypoint does not occur, and whether it does, (K,) bool.
    """
    # numbers, not a tensor of them, for which the device would be waited for; neither bincount
    ways = zip((pred - target).double().unbind(1), size, strict=True)
    distance = torch.linalg.vector_norm(torch.stack([way / side for way, side in ways]), dim=0)
    right = distance.float() < thr
    zeros = torch.zeros(num_keypoints, device=pred.device)
    counted = torch.ones_like(right) if mask is None else mask
    counts = zeros.index_add(0, keypoints, counted.to(zeros.dtype))
    hits = zeros.index_add(0, keypoints, (right & counted).to(zeros.dtype))
    return hits / counts.clamp(min=1), counts > 0


def row_accuracy(
    pred: Rows,
    target: Rows,
    keypoints: Tensor,
    num_keypoints: int,
    simcc_split_ratio: float = 1.0,
    mask: Tensor | None = None,
) -> Tensor | None:
    """Return the accuracy of rows at 0.05 of the map's size, as MMPose logs it, a scalar.

    Equal to MMPose's ``pose_pck_accuracy`` and ``simcc_pck_accuracy``, which divide x by the
    height and y by the width.

    Args:
        pred: The head's rows.
        target: The codec's rows.
        keypoints: Which keypoint each row is, (N,) int64.
        num_keypoints: All numbers in ``keypoints`` are below this.
        simcc_split_ratio: Bins per pixel of SimCC vectors.
        mask: Which rows are labelled, (N,) bool, by default all; without one the accuracy is 0.

    Returns:
        None without a row, and where a keypoint has several maps (UDP's combined target): the
        peak of one of them is not where the keypoint is.
    """
    if not len(keypoints) or pred[0].ndim == 4 and pred[0].shape[1] > 1:
        return None
    with torch.no_grad():
        *points, size = _peaks(pred, target, simcc_split_ratio)
        return mean_pck(*points, size, keypoints, num_keypoints, mask=mask)


def batch_accuracy(
    pred: Rows, target: Rows, mask: Tensor, simcc_split_ratio: float = 1.0
) -> Tensor | None:
    """Return ``row_accuracy`` of all keypoints of a batch; waits for nothing.

    Args:
        pred: The head's rows, one per keypoint of each sample.
        target: The codec's.
        mask: Which keypoints count, (B, K) bool; without one the accuracy is 0.
        simcc_split_ratio: Bins per pixel of SimCC vectors.
    """
    samples, number = mask.shape
    keypoints = torch.arange(number, device=mask.device).repeat(samples)
    return row_accuracy(pred, target, keypoints, number, simcc_split_ratio, mask.flatten())


def _peaks(
    pred: Rows, target: Rows, simcc_split_ratio: float
) -> tuple[Tensor, Tensor, tuple[int, int]]:
    """Return where both have their peaks, (N, 2) each, and what MMPose divides x and y by."""
    if len(pred) == 1:
        points = [row_peaks(rows[0]) for rows in (pred, target)]
        return *points, tuple(pred[0].shape[2:])
    points = [vector_peaks(x[:, 0], y[:, 0]) / simcc_split_ratio for x, y in (pred, target)]
    width, height = (int(row.shape[-1] / simcc_split_ratio) for row in pred)
    return *points, (height, width)
