"""Frames that turn with the body, the face or a limb, from named points.

A difference between two labellings is seen in the instance's own frame: x points to its left, y
down along it. A person seen from behind has a frame that is a mirror image of the picture's, so
biases of left and right points mirror each other in x whichever way people face. A shift along a
limb averages out in the frame of the trunk, since limbs point everywhere; limb frames show it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmlandmark.errors import LandmarkError, nearest

BODY = ('left_shoulder', 'right_shoulder', 'left_hip', 'right_hip')
KINDS = ('body', 'lateral', 'image')


@dataclass(frozen=True)
class Frames:
    """One frame for each of N instances.

    Args:
        name: ``body``, ``lateral``, ``image``, or ``to KEYPOINT`` of a limb.
        x: (N, 2) unit vectors in the picture, NaN where the frame is not known.
        y: (N, 2) unit vectors at right angles to ``x``.
    """

    name: str
    x: np.ndarray
    y: np.ndarray

    @property
    def known(self) -> np.ndarray:
        """(N,) bool."""
        return np.isfinite(self.x).all(axis=1) & np.isfinite(self.y).all(axis=1)

    @property
    def axes(self) -> np.ndarray:
        """(N, 2, 2): a vector of the frame times this is one of the picture, ``axes @ v``."""
        return np.stack([self.x, self.y], axis=2)

    def encode(self, vectors: np.ndarray) -> np.ndarray:
        """Turn (N, P, 2) vectors of the picture into those of the frame."""
        # two multiplications a coordinate: einsum does not use the cores any better
        along_x = vectors[..., 0] * self.x[:, None, 0] + vectors[..., 1] * self.x[:, None, 1]
        along_y = vectors[..., 0] * self.y[:, None, 0] + vectors[..., 1] * self.y[:, None, 1]
        return np.stack([along_x, along_y], axis=-1)

    def decode(self, vectors: np.ndarray) -> np.ndarray:
        """Turn (N, P, 2) vectors of the frame into those of the picture."""
        return vectors[..., :1] * self.x[:, None] + vectors[..., 1:] * self.y[:, None]


def base_frames(
    kind: str | None,
    names: Sequence[str],
    points: np.ndarray,
    swaps: Sequence[tuple[str, str]],
    unit: np.ndarray,
) -> Frames:
    """Return the frames of whole instances.

    Args:
        kind: ``body``: y from the shoulders to the hips, x to the left of the trunk, for both ways
            to face; ``lateral``: x from the right points of ``swaps`` to the left ones, as for
            faces; ``image``: the picture's axes; None: the first of these for which there are
            points.
        names: P names of the points.
        points: (N, P, 2), NaN where not labelled. A mean of both labellings is best: the error of
            either alone is part of the difference that is measured in the frame.
        swaps: Left/right pairs.
        unit: (N,) length that points are measured by; frames of much shorter axes are not known.

    Raises:
        LandmarkError: Unknown kind, or its points are not there.
    """
    sides = [pair for pair in left_and_right(swaps) if set(pair) <= set(names)]
    if kind is None:
        kind = 'body' if set(BODY) <= set(names) else 'lateral' if sides else 'image'
    if kind == 'image':
        x, y = np.broadcast_to(np.eye(2)[:, None], (2, len(points), 2))
        return Frames('image', x, y)
    if kind == 'lateral':
        if not sides:
            raise LandmarkError('a lateral frame needs a left/right pair of points in both schemas')
        return _lateral(names, points, sides, unit)
    if kind != 'body':
        raise LandmarkError(f'unknown frame {kind!r}{nearest(kind, KINDS)}: {", ".join(KINDS)}')
    missing = [name for name in BODY if name not in names]
    if missing:
        raise LandmarkError(f'a body frame needs {", ".join(missing)} in both schemas')
    return _body(names, points, unit)


def limb_frames(
    base: Frames, start: np.ndarray, end: np.ndarray, name: str, unit: np.ndarray
) -> Frames:
    """Return frames whose y runs along limbs, with the handedness of the base frames.

    Args:
        base: Frames of the whole instances.
        start: (N, 2) the points themselves.
        end: (N, 2) where the limbs go to.
        name: Of the frame.
        unit: (N,) limbs shorter than half of it, as those that point at the camera, have no frame.
    """
    y = _unit(end - start, unit / 2)
    return Frames(name, _right_angle(y) * _handedness(base)[:, None], y)


def left_and_right(swaps: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the swap pairs whose names say which is left, as (left, right).

    A schema lists a pair in either order, and ``jaw_0`` does not say which side it is on.
    """
    ordered = [pair if 'left' in pair[0] else pair[::-1] for pair in swaps]
    return [(left, right) for left, right in ordered if 'left' in left and 'right' in right]


def _body(names: Sequence[str], points: np.ndarray, unit: np.ndarray) -> Frames:
    left_shoulder, right_shoulder, left_hip, right_hip = (points[:, names.index(n)] for n in BODY)
    y = _unit((left_hip + right_hip) / 2 - (left_shoulder + right_shoulder) / 2, unit / 4)
    across = _right_angle(y)
    leftward = left_shoulder + left_hip - right_shoulder - right_hip
    side = np.sign((leftward * across).sum(axis=1))
    return Frames('body', across * np.where(side == 0, np.nan, side)[:, None], y)


def _lateral(
    names: Sequence[str], points: np.ndarray, sides: Sequence[tuple[str, str]], unit: np.ndarray
) -> Frames:
    left, right = (points[:, [names.index(pair[i]) for pair in sides]] for i in (0, 1))
    gaps = left - right
    known = np.isfinite(gaps).all(axis=2)
    total = np.where(known[..., None], gaps, 0.0).sum(axis=1)
    mean = total / np.where(known.any(axis=1), known.sum(axis=1), np.nan)[:, None]
    x = _unit(mean, unit / 10)
    return Frames('lateral', x, -_right_angle(x))


def _unit(vectors: np.ndarray, shortest: np.ndarray) -> np.ndarray:
    length = np.hypot(*vectors.T)
    return vectors / np.where((length > shortest) & (length > 0), length, np.nan)[:, None]


def _right_angle(vectors: np.ndarray) -> np.ndarray:
    # (0, 1), down in a picture, gives (1, 0)
    return np.stack([vectors[:, 1], -vectors[:, 0]], axis=1)


def _handedness(frames: Frames) -> np.ndarray:
    return np.sign(frames.x[:, 0] * frames.y[:, 1] - frames.x[:, 1] * frames.y[:, 0])
