"""Pictures of drawn people: limbs, trunk and a head with a face."""

from __future__ import annotations

import cv2
import numpy as np

from mmlandmark.synthetic.bodies import HEAD_RADIUS, SIDES, DrawnBodies

_FINE, _SHIFT = 3, 4  # drawn so many times larger, then averaged; bits of fixed-point coordinates
_SKINS = ((160, 188, 232), (138, 170, 218), (112, 148, 202), (72, 100, 148))
_DARK, _WHITE = (36, 32, 34), (238, 240, 242)
_LIMBS = (('shoulder', 'elbow', 'wrist', 0.055), ('hip', 'knee', 'ankle', 0.075))


def render_body(bodies: DrawnBodies, index: int) -> np.ndarray:
    """Draw one person.

    Args:
        bodies: The people.
        index: Which.

    Returns:
        (size, size, 3) uint8, BGR; the same person always looks the same.
    """
    rng = np.random.default_rng((bodies.seed, 2, index))
    unit = float(bodies.scale[index]) * _FINE
    at = {name: (points[index] + 0.5) * _FINE - 0.5 for name, points in bodies.joints.items()}
    skin = np.array(_SKINS[rng.integers(len(_SKINS))], dtype=np.float64)
    shirt, trousers = rng.uniform(40, 230, 3), rng.uniform(30, 200, 3)
    canvas = _backdrop(bodies.size * _FINE, rng)
    # what is further away is drawn first; a trunk hides the limbs behind it
    limbs = [(side, limb) for side in SIDES for limb in _LIMBS]
    limbs.sort(key=lambda one: -float(bodies.depth[f'{one[0]}_{one[1][1]}'][index]))
    for behind in (True, False):
        for side, (start, middle, end, width) in limbs:
            far = bodies.depth[f'{side}_{middle}'][index] > bodies.depth['thorax'][index]
            if bool(far) is behind:
                colors = (shirt, skin) if start == 'shoulder' else (trousers, 0.8 * trousers)
                names = (start, middle, end)
                _limb(canvas, [at[f'{side}_{name}'] for name in names], colors, width * unit)
        if behind:
            _trunk(canvas, at, shirt, trousers, unit)
    _head(canvas, at, skin, rng.uniform(20, 120, 3), unit)
    return cv2.resize(canvas, (bodies.size, bodies.size), interpolation=cv2.INTER_AREA)


def _backdrop(size: int, rng: np.random.Generator) -> np.ndarray:
    top, bottom = rng.uniform(120, 245, (2, 3))
    fade = np.linspace(0, 1, size)[:, None, None]
    canvas = np.tile(top * (1 - fade) + bottom * fade, (1, size, 1)).astype(np.uint8)
    for _ in range(rng.integers(2, 5)):
        corner, far = (rng.uniform(0, size, 2).astype(int).tolist() for _ in range(2))
        cv2.rectangle(canvas, corner, far, rng.uniform(110, 245, 3).tolist(), -1)
    return canvas


def _limb(canvas: np.ndarray, points: list, colors: tuple, width: float) -> None:
    start, middle, end = points
    for part, color in (((start, middle), colors[0]), ((middle, end), colors[1])):
        _stroke(canvas, np.stack(part), 0.55 * color, width * 1.2)
        _stroke(canvas, np.stack(part), color, width)
    _disc(canvas, end, 0.6 * width, 0.7 * colors[1])


def _trunk(canvas: np.ndarray, at: dict, shirt: np.ndarray, trousers: np.ndarray, unit: float):
    corners = [at[name] for name in ('right_shoulder', 'left_shoulder', 'left_hip', 'right_hip')]
    for color, width in ((0.55 * shirt, 0.085), (shirt, 0.07)):
        cv2.fillPoly(canvas, [_fixed(np.stack(corners))], color.tolist(), cv2.LINE_AA, _SHIFT)
        _stroke(canvas, np.stack([*corners, corners[0]]), color, width * unit)
    _stroke(canvas, np.stack(corners[2:]), trousers, 0.08 * unit)


def _head(canvas: np.ndarray, at: dict, skin: np.ndarray, hair: np.ndarray, unit: float) -> None:
    radius = HEAD_RADIUS * unit
    _stroke(canvas, np.stack([at['thorax'], at['head']]), 0.8 * skin, 0.06 * unit)
    for side in SIDES:
        _disc(canvas, at[f'{side}_ear'], 0.25 * radius, 0.75 * skin)
    _disc(canvas, at['head'] + 0.15 * (at['head_top'] - at['head']), radius, hair)
    towards = 0.35 * (at['nose'] - at['head'])
    _disc(canvas, at['head'] + towards + 0.05 * radius, 0.88 * radius, skin)
    for side in SIDES:
        _disc(canvas, at[f'{side}_eye'], 0.2 * radius, np.array(_WHITE))
        _disc(canvas, at[f'{side}_eye'], 0.12 * radius, np.array(_DARK))
    _disc(canvas, at['nose'], 0.14 * radius, 0.6 * skin)


def _fixed(points: np.ndarray) -> np.ndarray:
    return np.round(points * (1 << _SHIFT)).astype(np.int32)


def _stroke(canvas: np.ndarray, line: np.ndarray, color: np.ndarray, width: float) -> None:
    cv2.polylines(
        canvas, [_fixed(line)], False, color.tolist(), max(1, round(width)), cv2.LINE_AA, _SHIFT
    )


def _disc(canvas: np.ndarray, centre: np.ndarray, radius: float, color: np.ndarray) -> None:
    x, y = _fixed(centre).tolist()
    fixed = round(radius * (1 << _SHIFT))
    cv2.circle(canvas, (x, y), fixed, color.tolist(), -1, cv2.LINE_AA, _SHIFT)
