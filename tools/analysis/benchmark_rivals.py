"""The plain ways that ``benchmark_converter.py`` compares with: one thing at a time, in Python."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch.utils.data import Dataset


class SinglePairs(Dataset):
    """Pairs handed out and augmented one by one, as a usual data set does.

    Args:
        arrays: All pairs, as ``PairedKeypointDataset.arrays()`` gives them.
        flips: Flip indices of source and target.
        rotation: Standard deviation in degrees.
        scale: Standard deviation of the log of the factor.
        max_share: Up to this share of the source points is dropped, in half of the instances.
    """

    def __init__(
        self,
        arrays: dict[str, dict[str, torch.Tensor]],
        flips: tuple[np.ndarray, np.ndarray],
        rotation: float = 20.0,
        scale: float = 0.1,
        max_share: float = 0.5,
    ) -> None:
        self.arrays = {
            part: {name: value.numpy() for name, value in fields.items()}
            for part, fields in arrays.items()
        }
        self.flips, self.max_share = flips, max_share
        self.rotation, self.scale = math.radians(rotation), scale
        self.random = np.random.default_rng(0)

    def __len__(self) -> int:
        return len(self.arrays['data_samples']['ids'])

    def __getitem__(self, index: int) -> dict[str, dict[str, np.ndarray]]:
        """Return one augmented pair."""
        pair = {
            part: {name: value[index] for name, value in fields.items()}
            for part, fields in self.arrays.items()
        }
        sides = pair['inputs'], pair['data_samples']
        labelled = sides[0]['keypoints_visible'] > 0
        center = sides[0]['keypoints'][labelled].mean(0)
        mirrored = self.random.random() < 0.5
        linear = self._linear(mirrored)
        for side, flip in zip(sides, self.flips, strict=True):
            if mirrored:
                side['keypoints'] = side['keypoints'][flip]
                side['keypoints_visible'] = side['keypoints_visible'][flip]
            seen = side['keypoints_visible'][:, None] > 0
            moved = (side['keypoints'] - center) @ linear.T + center
            side['keypoints'] = np.where(seen, moved, 0).astype(np.float32)
        x1, y1, x2, y2 = sides[0]['bboxes']
        corners = (np.array([[x1, y1], [x2, y1], [x2, y2], [x1, y2]]) - center) @ linear.T + center
        sides[0]['bboxes'] = np.concatenate([corners.min(0), corners.max(0)]).astype(np.float32)
        self._drop(sides[0])
        return pair

    def _linear(self, mirrored: bool) -> np.ndarray:
        angle = self.random.normal() * self.rotation
        factor = math.exp(self.random.normal() * self.scale)
        cos, sin = factor * math.cos(angle), factor * math.sin(angle)
        turn = np.array([[cos, -sin], [sin, cos]])
        return turn @ np.diag([-1.0, 1.0]) if mirrored else turn

    def _drop(self, side: dict[str, np.ndarray]) -> None:
        if self.random.random() < 0.5:
            return
        labelled = np.flatnonzero(side['keypoints_visible'])
        most = max(1, int(self.max_share * len(side['keypoints_visible'])))
        count = min(self.random.integers(1, most + 1), max(len(labelled) - 3, 0))
        gone = self.random.choice(labelled, count, replace=False)
        side['keypoints'][gone] = 0
        side['keypoints_visible'] = side['keypoints_visible'].copy()
        side['keypoints_visible'][gone] = 0


def fit_affine_one_by_one(
    source: np.ndarray,
    target: np.ndarray,
    supervised: np.ndarray,
    prior: np.ndarray,
    ridge: float = 0.3,
    rounds: int = 20,
) -> np.ndarray:
    """Return the weights (T, S) of ``fit_affine``, one target after the other.

    Args:
        source: (N, S, 2) normalised.
        target: (N, T, 2).
        supervised: (N, T) bool.
        prior: (T, S) that the ridge draws to.
        ridge: Its strength.
        rounds: Reweightings.
    """
    size = source.shape[1]
    weights = np.empty((target.shape[1], size))
    for k in range(target.shape[1]):
        points, wanted = source[supervised[:, k]], target[supervised[:, k], k]
        flat = points.transpose(0, 2, 1).reshape(-1, size)
        trust = np.ones(len(points))
        for _ in range(rounds):
            scaled = flat * np.repeat(trust, 2)[:, None]
            system = np.ones((size + 1, size + 1))
            system[:size, :size] = flat.T @ scaled + ridge * np.eye(size)
            system[size, size] = 0
            right = np.append(scaled.T @ wanted.reshape(-1) + ridge * prior[k], 1)
            weights[k] = np.linalg.solve(system, right)[:size]
            distance = np.linalg.norm(wanted - weights[k] @ points, axis=-1)
            robust = 1 / (1 + (distance / max(np.median(distance), 1e-6)) ** 2)
            trust = robust * len(robust) / robust.sum()
    return weights
