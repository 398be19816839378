"""A parametric 3-D head: every line of a face as a curve, for many faces at once.

Lengths are in units of the mean distance of the outer eye corners. The origin lies between the
eyes, x points to the person's left (image-right in a frontal picture), y down, z out of the face.
The proportions are ours, chosen by eye; they measure nobody.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

LEFT, RIGHT = 1.0, -1.0


@dataclass(frozen=True)
class HeadShape:
    """What makes N faces differ; each field is (N,) float64, 0 is the mean face at rest.

    The first fields are the person (standard deviations), the last ones the expression.
    """

    face_width: np.ndarray
    face_length: np.ndarray
    forehead: np.ndarray
    jaw_width: np.ndarray
    cheeks: np.ndarray
    eye_distance: np.ndarray
    eye_size: np.ndarray
    brow_height: np.ndarray
    nose_length: np.ndarray
    nose_width: np.ndarray
    nose_depth: np.ndarray
    mouth_width: np.ndarray
    lips: np.ndarray
    mouth_open: np.ndarray
    smile: np.ndarray
    brow_raise: np.ndarray
    blink: np.ndarray
    gaze_x: np.ndarray
    gaze_y: np.ndarray

    def __len__(self) -> int:
        return len(self.face_width)


IDENTITY = tuple(field.name for field in fields(HeadShape))[:13]
EXPRESSION = tuple(field.name for field in fields(HeadShape))[13:]


def neutral_shape(count: int = 1) -> HeadShape:
    """Return the mean face at rest, ``count`` times."""
    return HeadShape(*(np.zeros(count) for _ in fields(HeadShape)))


def jaw(
    shape: HeadShape, along: np.ndarray, side: float, yaw: np.ndarray | None = None
) -> np.ndarray:
    """Return points (N, M, 3) of the lower outline, from the ear (``along`` 0) to the chin (1).

    Args:
        shape: The faces.
        along: (M,) from 0 to 1.
        side: ``LEFT`` or ``RIGHT``.
        yaw: (N,) radians, positive towards the person's right. Annotators click the visible
            outline, so on the side that is turned away the points move forward over the cheek to
            where a picture shows the edge; None: the anatomical points.
    """
    angle = np.asarray(along) * np.pi / 2
    sine, cosine = np.sin(angle), np.clip(np.cos(angle), 0, None)
    bend = _column(0.60 - 0.05 * shape.jaw_width)
    ear, chin = 0.04, _chin(shape)[..., None]
    x = _half_width(shape)[..., None] * cosine**bend
    y = ear + (chin - ear) * sine**1.2
    z = -0.85 + 0.87 * sine**1.5
    drop = _column(shape.mouth_open) * sine**3
    y, z = y + 0.30 * drop, z - 0.10 * drop
    # A cheek is an arc from the jaw line to the front; at the chin there is none left.
    depth = 0.92 * (0.15 - z) * (1 + 0.12 * _column(shape.cheeks)) * cosine**bend
    slide = 0.0
    if yaw is not None:
        turn = np.asarray(yaw)[:, None]
        slide = np.clip(np.arctan2(side * np.sin(turn) * depth, np.cos(turn) * x), 0, None)
    return np.stack([side * x * np.cos(slide), y, z + depth * np.sin(slide)], axis=-1)


def cheek(shape: HeadShape, along: float, around: float, side: float) -> np.ndarray:
    """Return a point (N, 1, 3) of the cheek: a height of the jaw line, and an angle to the front.

    Args:
        shape: The faces.
        along: Height, as in ``jaw``.
        around: Radians from the jaw line towards the middle of the face.
        side: ``LEFT`` or ``RIGHT``.
    """
    edge = jaw(shape, np.array([along]), side)
    depth = 0.92 * (0.15 - edge[..., 2]) * (1 + 0.12 * _column(shape.cheeks))
    return np.stack(
        [edge[..., 0] * np.cos(around), edge[..., 1], edge[..., 2] + depth * np.sin(around)],
        axis=-1,
    )


def forehead(shape: HeadShape, along: np.ndarray, side: float) -> np.ndarray:
    """Return points (N, M, 3) of the upper outline, from the ear (0) to the hair line (1)."""
    angle = np.asarray(along) * np.pi / 2
    x = _half_width(shape)[..., None] * (0.96 * np.clip(np.cos(angle), 0, None) ** 0.7)
    height = _column(0.72 + 0.045 * shape.forehead + 0.04 * shape.face_length)
    y = 0.04 - height * np.sin(angle)
    z = np.broadcast_to(-0.80 + 0.62 * np.sin(angle), y.shape)
    return np.stack([side * x, y, z], axis=-1)


def brow(shape: HeadShape, along: np.ndarray, side: float) -> np.ndarray:
    """Return points (N, M, 3) of a brow, from its inner (0) to its outer end (1)."""
    along = np.asarray(along)
    x = (0.19 + 0.47 * along) * _column(1 + 0.05 * shape.eye_distance)
    lift = _column(0.035 * shape.brow_height + 0.10 * shape.brow_raise)
    y = -0.20 - 0.10 * np.sin(np.pi * 0.85 * along + 0.25) - lift * (1 - 0.3 * along)
    z = np.broadcast_to(0.06 - 0.30 * along**2, y.shape)
    return np.stack([side * x, y, z], axis=-1)


def eyelid(shape: HeadShape, along: np.ndarray, side: float, lid: str) -> np.ndarray:
    """Return points (N, M, 3) of a lid, from the inner (0) to the outer corner (1).

    Args:
        shape: The faces.
        along: (M,) from 0 to 1.
        side: ``LEFT`` or ``RIGHT``.
        lid: ``upper`` or ``lower``.
    """
    along = np.asarray(along)
    size = _column(1 + 0.06 * shape.eye_size)
    middle = _column(0.355 * (1 + 0.05 * shape.eye_distance))
    x = middle + (along - 0.5) * 0.29 * size
    arch = (4 * along * (1 - along)) ** 0.8
    # A closing upper lid comes down to the lower one.
    opened = 0.062 * (1 - _column(shape.blink)) - 0.030 * _column(shape.blink)
    height = -opened if lid == 'upper' else 0.040 * (1 - 0.15 * _column(shape.smile))
    y = 0.012 * (1 - along) + height * arch * size
    z = np.broadcast_to(-0.02 - 0.12 * along**2 + 0.03 * arch, y.shape)
    return np.stack([side * x, y, z], axis=-1)


def pupil(shape: HeadShape, side: float) -> np.ndarray:
    """Return the pupil (N, 1, 3); both look the same way, whatever the lids do."""
    x = 0.355 * (1 + 0.05 * shape.eye_distance)
    point = [side * x + 0.035 * shape.gaze_x, -0.008 + 0.014 * shape.gaze_y, 0 * x - 0.02]
    return np.stack(point, axis=-1)[:, None]


def nose_bridge(shape: HeadShape, along: np.ndarray) -> np.ndarray:
    """Return points (N, M, 3) on the ridge: the glabella (-0.4), the root (0), the tip (1)."""
    along = np.asarray(along)
    y = _nose_length(shape)[..., None] * along
    rise = np.clip(along, 0, None) ** 1.3
    z = 0.05 + _column(0.31 + 0.04 * shape.nose_depth) * rise - 0.10 * np.clip(along, None, 0)
    return np.stack([np.zeros_like(y), y, z], axis=-1)


def nose_base(shape: HeadShape, across: np.ndarray) -> np.ndarray:
    """Return points (N, M, 3) under the nose, from the right (-1) to the left wing (1)."""
    across = np.asarray(across)
    x = 0.145 * _column(1 + 0.09 * shape.nose_width + 0.12 * shape.smile) * across
    y = _nose_length(shape)[..., None] + 0.115 - 0.035 * across**2
    z = _column(0.25 + 0.025 * shape.nose_depth) - 0.13 * across**2
    return np.stack([x, np.broadcast_to(y, x.shape), np.broadcast_to(z, x.shape)], axis=-1)


def nose_wing(shape: HeadShape, side: float) -> np.ndarray:
    """Return the widest point (N, 1, 3) of a nostril's wing."""
    x = 0.19 * (1 + 0.09 * shape.nose_width + 0.12 * shape.smile)
    point = [side * x, _nose_length(shape) + 0.02, 0 * x + 0.09]
    return np.stack(point, axis=-1)[:, None]


def subnasale(shape: HeadShape) -> np.ndarray:
    """Return the point (N, 1, 3) where the nose meets the upper lip."""
    y = _nose_length(shape) + 0.155
    return np.stack([0 * y, y, 0 * y + 0.15], axis=-1)[:, None]


def lip(shape: HeadShape, across: np.ndarray, edge: str) -> np.ndarray:
    """Return points (N, M, 3) of a lip's edge, from the right (-1) to the left corner (1).

    Args:
        shape: The faces.
        across: (M,) from -1 to 1.
        edge: ``upper_outer``, ``upper_inner``, ``lower_inner`` or ``lower_outer``.
    """
    across = np.asarray(across)
    smile, opened = _column(shape.smile), _column(shape.mouth_open)
    half = 0.30 * (1 + _column(0.07 * shape.mouth_width) + 0.16 * smile - 0.10 * opened)
    bulge = (1 - across**2) ** 0.6
    line = _mouth_height(shape)[..., None] - 0.07 * smile * across**2 + 0.05 * opened
    thick = _column(1 + 0.16 * shape.lips) * (1 - 0.15 * smile)
    height = {
        'upper_outer': -0.085 * thick * bulge * (1 - 0.16 * np.exp(-((across / 0.13) ** 2))),
        'upper_inner': -0.010 * bulge - 0.03 * opened * bulge,
        'lower_inner': 0.010 * bulge + 0.26 * opened * bulge,
        'lower_outer': 0.115 * thick * bulge + 0.26 * opened * bulge,
    }[edge]
    inner = 0.9 if edge.endswith('inner') else 1.0
    z = 0.13 - 0.16 * across**2 - 0.03 * smile - 0.10 * opened * (height > 0.05)
    points = [half * inner * across, line + height, np.broadcast_to(z, height.shape)]
    return np.stack(np.broadcast_arrays(*points), axis=-1)


def _half_width(shape: HeadShape) -> np.ndarray:
    return 0.83 * (1 + 0.055 * shape.face_width)


def _chin(shape: HeadShape) -> np.ndarray:
    return 1.30 * (1 + 0.05 * shape.face_length)


def _nose_length(shape: HeadShape) -> np.ndarray:
    return 0.43 * (1 + 0.08 * shape.nose_length + 0.03 * shape.face_length)


def _mouth_height(shape: HeadShape) -> np.ndarray:
    return _nose_length(shape) + 0.115 + 0.25 * (1 + 0.06 * shape.face_length)


def _column(values: np.ndarray) -> np.ndarray:
    return np.asarray(values, dtype=np.float64)[:, None]
