"""The points of two schemas on one head, so that a pair agrees by construction."""

from __future__ import annotations

import numpy as np

from mmlandmark.synthetic import head
from mmlandmark.synthetic.head import LEFT, RIGHT, HeadShape

SIDES = (('right', RIGHT), ('left', LEFT))
_LID = 1 / 3, 2 / 3


def face68_points(shape: HeadShape, yaw: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Return the 68 points by name, (N, 3) each.

    Args:
        shape: The faces.
        yaw: (N,) radians; the jaw points follow the visible outline, see ``head.jaw``.
    """
    points: dict[str, np.ndarray] = {}
    along = np.arange(9) / 8
    right, left = (head.jaw(shape, along, side, yaw) for side in (RIGHT, LEFT))
    _put(points, 'jaw', 0, right)
    _put(points, 'jaw', 9, left[:, -2::-1])
    outer_to_inner = np.linspace(1, 0, 5)
    _put(points, 'right_brow', 0, head.brow(shape, outer_to_inner, RIGHT))
    _put(points, 'left_brow', 0, head.brow(shape, outer_to_inner[::-1], LEFT))
    _put(points, 'nose_bridge', 0, head.nose_bridge(shape, np.array([0, 0.36, 0.7, 1])))
    _put(points, 'nose_base', 0, head.nose_base(shape, np.array([-1, -0.5, 0, 0.5, 1])))
    near, far = _LID
    _put(points, 'right_eye', 0, head.eyelid(shape, np.array([1, far, near, 0]), RIGHT, 'upper'))
    _put(points, 'right_eye', 4, head.eyelid(shape, np.array([near, far]), RIGHT, 'lower'))
    _put(points, 'left_eye', 0, head.eyelid(shape, np.array([0, near, far, 1]), LEFT, 'upper'))
    _put(points, 'left_eye', 4, head.eyelid(shape, np.array([far, near]), LEFT, 'lower'))
    upper = np.array([-1, -0.64, -0.24, 0, 0.24, 0.64, 1])
    lower = np.array([0.64, 0.32, 0, -0.32, -0.64])
    _put(points, 'outer_lip', 0, head.lip(shape, upper, 'upper_outer'))
    _put(points, 'outer_lip', 7, head.lip(shape, lower, 'lower_outer'))
    _put(points, 'inner_lip', 0, head.lip(shape, np.array([-1, -0.3, 0, 0.3, 1]), 'upper_inner'))
    _put(points, 'inner_lip', 5, head.lip(shape, np.array([0.3, 0, -0.3]), 'lower_inner'))
    return points


def face48_points(shape: HeadShape) -> dict[str, np.ndarray]:
    """Return the 48 points by name, (N, 3) each; all of them are fixed to the head."""
    points: dict[str, np.ndarray] = {}
    for name, side in SIDES:
        points |= {f'{name}_{part}': value for part, value in _one_side(shape, side).items()}
    middle = {
        'forehead_top': head.forehead(shape, np.array([1.0]), LEFT),
        'chin': head.jaw(shape, np.array([1.0]), LEFT),
        'glabella': head.nose_bridge(shape, np.array([-0.42])),
        'nasion': head.nose_bridge(shape, np.array([0.0])),
        'nose_bridge_upper': head.nose_bridge(shape, np.array([0.36])),
        'nose_bridge_lower': head.nose_bridge(shape, np.array([0.7])),
        'nose_tip': head.nose_bridge(shape, np.array([1.0])),
        'subnasale': head.subnasale(shape),
        'upper_lip_mid': head.lip(shape, np.array([0.0]), 'upper_outer'),
        'lower_lip_mid': head.lip(shape, np.array([0.0]), 'lower_outer'),
    }
    return points | {name: value[:, 0] for name, value in middle.items()}


def stack_points(points: dict[str, np.ndarray], names: tuple[str, ...]) -> np.ndarray:
    """Return the named points (N, K, 3) in the order of a schema."""
    return np.stack([points[name] for name in names], axis=1)


def _one_side(shape: HeadShape, side: float) -> dict[str, np.ndarray]:
    eye = head.eyelid(shape, np.array([0, 0.5, 1]), side, 'upper')
    brows = head.brow(shape, np.array([0.05, 0.5, 0.97]), side)
    upper = head.lip(shape, side * np.array([1, 0.64, 0.24]), 'upper_outer')
    lower = head.lip(shape, side * np.array([0.64, 0.32]), 'lower_outer')
    return {
        'forehead': head.forehead(shape, np.array([0.52]), side)[:, 0],
        'temple': head.cheek(shape, 0.0, 0.42, side)[:, 0],
        'upper_cheek': head.cheek(shape, 0.24, 0.40, side)[:, 0],
        'lower_cheek': head.cheek(shape, 0.52, 0.18, side)[:, 0],
        'eye_inner': eye[:, 0],
        'eye_top': eye[:, 1],
        'eye_outer': eye[:, 2],
        'eye_bottom': head.eyelid(shape, np.array([0.5]), side, 'lower')[:, 0],
        'pupil': head.pupil(shape, side)[:, 0],
        'brow_inner': brows[:, 0],
        'brow_mid': brows[:, 1],
        'brow_outer': brows[:, 2],
        'nose_ala': head.nose_wing(shape, side)[:, 0],
        'nostril': head.nose_base(shape, np.array([0.5 * side]))[:, 0],
        'mouth_corner': upper[:, 0],
        'upper_lip_outer': upper[:, 1],
        'upper_lip_inner': upper[:, 2],
        'lower_lip_outer': lower[:, 0],
        'lower_lip_inner': lower[:, 1],
    }


def _put(points: dict[str, np.ndarray], name: str, first: int, values: np.ndarray) -> None:
    for offset in range(values.shape[1]):
        points[f'{name}_{first + offset}'] = values[:, offset]
