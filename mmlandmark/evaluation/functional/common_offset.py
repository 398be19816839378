"""The shift that all keypoints share along the picture's axes, apart from each one's own bias.

Two labellings may differ by a pixel convention or by the shift of a network's output grid. The
difference of keypoint j on instance i is modelled as

    o_size + o_pixel * median / unit_i  +  R_i b_j  +  noise,

with R_i the instance's frame: people bend, lie and turn their backs, which tells the shift of the
picture from the biases of the keypoints. Where they do not, the biases are drawn a little towards
zero, so that what cannot be told apart and all keypoints share goes to the shift.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmlandmark.evaluation.functional.frames import Frames

RIDGE = 0.02
"""Pull of a bias towards zero, in shares of its instances."""

SEPARABLE = 0.1
"""Least share of a common bias that turning instances tell from a shift of the picture."""

ITERATIONS = 15


@dataclass(frozen=True)
class CommonOffset:
    """A shift along the picture's axes.

    Args:
        size_part: (2,) the part that grows with the instance, in units.
        pixel_part: (2,) the part that is the same in pixels, in units of the median instance.
        median_unit: The unit of the median instance in pixels.
        replicates: (B, 2, 2) size and pixel part of resampled data.
        separable: Whether a shift can be told from a bias that all keypoints share.
    """

    size_part: np.ndarray
    pixel_part: np.ndarray
    median_unit: float
    replicates: np.ndarray
    separable: bool

    @property
    def total(self) -> np.ndarray:
        """(2,) the shift of the median instance, in units."""
        return self.size_part + self.pixel_part

    def interval(self, confidence: float = 0.95) -> np.ndarray:
        """(2, 2) low and high of ``total``, two-sided."""
        tail = (1 - confidence) / 2
        return np.quantile(self.replicates.sum(axis=1), [tail, 1 - tail], axis=0).T

    def of(self, unit: np.ndarray) -> np.ndarray:
        """(N, 2) the shift of each instance, in units."""
        return self.size_part + self.pixel_part * (self.median_unit / unit)[:, None]


def common_offset(
    differences: np.ndarray,
    frames: Frames,
    unit: np.ndarray,
    groups: np.ndarray,
    counts: np.ndarray,
) -> CommonOffset:
    """Estimate the shift robustly (iteratively reweighted, Cauchy weights).

    Args:
        differences: (N, P, 2) of the keypoints that shall agree, in units, NaN where unknown.
        frames: N frames.
        unit: (N,) pixels of a unit.
        groups: (N,) group numbers.
        counts: (B, G) draws for the replicates, which keep the weights of the estimate.
    """
    usable = frames.known & np.isfinite(unit) & (unit > 0)
    known = np.isfinite(differences).all(axis=2) & usable[:, None]
    median = float(np.median(unit[usable])) if usable.any() else 1.0
    known &= known.any(axis=0)  # a keypoint that nobody has brings no row
    inverse = np.where(usable, median / np.where(usable, unit, 1), 0.0)
    axes = np.where(usable[:, None, None], frames.axes, 0.0)
    delta = np.where(known[..., None], differences, 0.0)
    weights = known.astype(np.float64)
    pull = np.full(differences.shape[1], RIDGE)
    for _ in range(ITERATIONS):
        sums = _moments(delta, axes, inverse, weights).sum(axis=0)
        offset, bias = _solve(sums[None], pull)
        shift = offset[0, 0] + offset[0, 1] * inverse[:, None]
        moved = np.einsum('nij,pj->npi', axes, bias[0])
        squared = np.square(delta - shift[:, None] - moved).sum(axis=2)
        scale = _median_of(squared, known)
        weights = known / (1 + squared / scale)
        size = np.square(bias[0]).sum(axis=1)
        pull = RIDGE / (1 + size / max(float(np.median(size)), 1e-12))
    sums = _moments(delta, axes, inverse, weights)
    per_group = np.zeros((counts.shape[1], *sums.shape[1:]))
    np.add.at(per_group, groups, sums)
    resampled = counts.astype(np.float64) @ per_group.reshape(len(per_group), -1)
    replicates, _ = _solve(resampled.reshape(len(counts), *sums.shape[1:]), pull)
    in_size, in_pixels = offset[0]
    return CommonOffset(in_size, in_pixels, median, replicates, _separable(sums.sum(axis=0)))


def _moments(
    delta: np.ndarray, axes: np.ndarray, inverse: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """What the normal equations sum, (N, P, 17).

    Per keypoint: w, w/u, w/u2; the frame and the frame over u (4 each), w d and w d/u (2 each), and
    the difference in the frame (2); u is the unit over its median.
    """
    one = inverse[:, None]
    flat = axes.reshape(-1, 1, 4)
    inside = np.einsum('nji,npj->npi', axes, delta)
    heavy = weights[..., None]
    return np.concatenate(
        [
            heavy,
            heavy * one[..., None],
            heavy * np.square(one)[..., None],
            heavy * flat,
            heavy * flat * one[..., None],
            heavy * delta,
            heavy * delta * one[..., None],
            heavy * inside,
        ],
        axis=2,
    )


def _solve(sums: np.ndarray, pull: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Offsets (B, 2, 2) and biases (B, P, 2) from sums (B, P, 17); the biases eliminated first."""
    batch, keypoints = sums.shape[:2]
    own = sums[..., 0] * (1 + pull)
    own = np.where(own > 0, own, 1.0)
    cross = sums[..., 3:11].reshape(batch, keypoints, 4, 2)
    right, inside = sums[..., 11:15], sums[..., 15:]
    gram = np.zeros((batch, 4, 4))
    totals = sums[..., :3].sum(axis=1)
    for row in range(2):
        for column in range(2):
            part = totals[:, row + column, None, None] * np.eye(2)
            gram[:, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2] = part
    gram -= np.einsum('bpik,bpjk->bij', cross / own[..., None, None], cross)
    rest = right.sum(axis=1) - np.einsum('bpik,bpk->bi', cross / own[..., None, None], inside)
    # people of one size: the two parts cannot be told apart, the smallest solution then
    offset = (np.linalg.pinv(gram, rcond=1e-6, hermitian=True) @ rest[..., None])[..., 0]
    bias = (inside - np.einsum('bpik,bi->bpk', cross, offset)) / own[..., None]
    return offset.reshape(batch, 2, 2), bias


def _median_of(squared: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Median squared distance of each keypoint, (P,), above zero."""
    values = np.where(known, squared, np.nan)
    values[:, ~known.any(axis=0)] = 1.0
    return np.maximum(np.nanmedian(values, axis=0), 1e-12)


def _separable(sums: np.ndarray) -> bool:
    """Whether no direction of the shift looks the same in every frame."""
    total = sums[:, 0].sum()
    if total <= 0:
        return False
    mean = sums[:, 3:7].reshape(-1, 2, 2) / np.maximum(sums[:, 0], 1e-12)[:, None, None]
    told = np.eye(2) - np.einsum('p,pik,pjk->ij', sums[:, 0] / total, mean, mean)
    return bool(np.linalg.eigvalsh(told)[0] >= SEPARABLE)
