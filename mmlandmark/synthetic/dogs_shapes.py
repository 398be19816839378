"""Statistics of landmark shapes, and new shapes drawn from them; numpy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import get_schema
from mmlandmark.synthetic.dogs_own import SCHEMA, own_shapes

_KEPT = 0.99  # share of the variance that the modes hold
_ROUNDS = 5  # of the alignment; it settles after two or three
_OWN = 600
_BLUR = 0.3  # how far a drawn shape may lie from the one that it starts from, in spreads


@dataclass(frozen=True)
class DogShapes:
    """A point distribution model of faces (Cootes et al., Active Shape Models, CVIU 1995).

    Shapes are drawn from a kernel density over the scores of the fitted shapes rather than from
    one normal distribution, since ears either stand or hang: what lies between is rare.

    Attributes:
        mean: (K, 2) mean of the aligned shapes, around 0, outer eye corners 1 apart, level.
        modes: (M, K, 2) principal directions, orthonormal.
        spread: (M,) standard deviation along each of them, largest first.
        scores: (A, M) the fitted shapes and their mirror images, in spreads.
        excluded: Shapes that the fit left out, since a point is missing or all points coincide.
    """

    mean: np.ndarray
    modes: np.ndarray
    spread: np.ndarray
    scores: np.ndarray
    excluded: int = 0

    @classmethod
    def fit(cls, points: np.ndarray) -> DogShapes:
        """Fit the model to labelled faces and their mirror images.

        Args:
            points: (N, 46, 2) in any unit, schema ``dogflw46``; NaN where a point is missing.

        Raises:
            LandmarkError: The shape of the array does not fit, or fewer than 3 faces are complete.
        """
        schema, points = get_schema(SCHEMA), np.asarray(points, dtype=np.float64)
        if points.ndim != 3 or points.shape[1:] != (schema.num_keypoints, 2):
            raise LandmarkError(
                f'faces of shape {points.shape}; expected (N, {schema.num_keypoints}, 2), the '
                f'points of schema {schema.name!r}'
            )
        usable = np.isfinite(points).all(axis=(1, 2)) & (np.ptp(points, axis=1) > 0).all(axis=1)
        faces = points[usable]
        if len(faces) < 3:
            raise LandmarkError(
                f'{len(faces)} of {len(points)} faces have all {schema.num_keypoints} points; '
                'expected at least 3 to learn shapes from'
            )
        mirrored = faces[:, schema.flip_indices] * [-1, 1]
        faces = np.concatenate([faces, mirrored])
        # the size of the cloud of points is steady where a turned head brings the eyes together
        faces = faces - faces.mean(axis=1, keepdims=True)
        faces /= np.linalg.norm(faces, axis=(1, 2), keepdims=True)
        faces, mean = _aligned(faces)
        ends = [mean[schema.index(f'{side}_eye_outer')] for side in ('right', 'left')]
        unit = np.linalg.norm(ends[1] - ends[0])
        return cls._of(faces / unit, mean / unit, int((~usable).sum()))

    @classmethod
    def own(cls, seed: int = 0) -> DogShapes:
        """Return the model of ``own_shapes``, which needs no data."""
        return cls.fit(own_shapes(_OWN, seed))

    @classmethod
    def _of(cls, faces: np.ndarray, mean: np.ndarray, excluded: int) -> DogShapes:
        flat = (faces - mean).reshape(len(faces), -1)
        _, size, modes = np.linalg.svd(flat, full_matrices=False)
        share = np.cumsum(size**2) / (size**2).sum()
        kept = int(np.searchsorted(share, _KEPT)) + 1
        spread = size[:kept] / np.sqrt(len(faces))
        scores = flat @ modes[:kept].T / spread
        return cls(mean, modes[:kept].reshape(kept, *mean.shape), spread, scores, excluded)

    def points(self, scores: np.ndarray) -> np.ndarray:
        """Return the shapes (N, K, 2) of scores (N, M)."""
        return self.mean + np.einsum('nm,mkd->nkd', scores * self.spread, self.modes)

    def breeds(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Return scores (N, M) of new faces, each near another fitted one while these last."""
        order = np.concatenate(
            [rng.permutation(len(self.scores)) for _ in range(-(-count // len(self.scores)))]
        )[:count]
        return self.near(self.scores[order], rng)

    def near(self, scores: np.ndarray, rng: np.random.Generator, blur: float = _BLUR) -> np.ndarray:
        """Return scores (N, M) around others; the whole keeps its spread."""
        noise = rng.normal(size=scores.shape).clip(-2.5, 2.5)
        return (scores + blur * noise) / np.sqrt(1 + blur**2)


def _aligned(faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Turn centred (N, K, 2) shapes of size 1 onto their common mean, which is kept level."""
    mean = faces.mean(axis=0)
    for _ in range(_ROUNDS):
        across = faces.transpose(0, 2, 1) @ mean
        angle = np.arctan2(across[:, 0, 1] - across[:, 1, 0], across[:, 0, 0] + across[:, 1, 1])
        cos, sin = np.cos(angle), np.sin(angle)
        turn = np.stack([np.stack([cos, sin], -1), np.stack([-sin, cos], -1)], -2)
        faces = faces @ turn
        mean = faces.mean(axis=0)
    return faces, mean
