"""Pictures of drawn dogs: every landmark is a corner, an edge or a spot that can be seen."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from mmlandmark.schemas import get_schema
from mmlandmark.synthetic.dogs import DrawnDogs
from mmlandmark.synthetic.dogs_coat import Coat, coat_of
from mmlandmark.synthetic.dogs_own import SCHEMA
from mmlandmark.synthetic.dogs_paint import coarse_hairs, curve, disc, dome, fill, fur, hull, stroke

_FINE = 2  # drawn so many times larger, then averaged: smooth edges at small size
_BLACK, _TONGUE, _MOUTH = (24, 22, 26), (128, 118, 214), (40, 28, 62)
_SIDES = ('right', 'left')
_EAR = ('inner_base', 'inner_lower', 'inner_upper', 'tip', 'outer_upper', 'outer_lower')
_EAR = (*_EAR, 'outer_base')
_LIDS = ('inner', 'upper', 'outer', 'lower')

Points = Callable[..., np.ndarray]


def render_dog(dogs: DrawnDogs, index: int) -> np.ndarray:
    """Draw one dog.

    Args:
        dogs: The dogs.
        index: Which.

    Returns:
        (size, size, 3) uint8, BGR; the same dog always looks the same.
    """
    rng = np.random.default_rng((dogs.seed, index, 2))
    coat, schema = coat_of(int(dogs.breed[index]), dogs.seed), get_schema(SCHEMA)
    pixels = (dogs.points[index] + 0.5) * _FINE - 0.5

    def at(*names: str) -> np.ndarray:
        return pixels[[schema.index(name) for name in names]]

    unit = _unit(pixels)
    light = rng.normal(size=2) + [0, -0.8]
    light /= np.linalg.norm(light)
    hairs = coarse_hairs(dogs.size * _FINE, rng)
    canvas = _backdrop(hairs, rng)
    _draw_body(canvas, at, coat, unit, hairs)
    hanging = {side: _hangs(at, side) for side in _SIDES}
    for side in _SIDES:
        if not hanging[side]:
            _draw_ear(canvas, at, coat, side, unit, hairs, inner=True)
    head = fill(canvas, _outline(at, unit), coat.fur, 0.02 * unit)
    fur(canvas, head, coat.strength, hairs)
    dome(canvas, head, light, 0.8)
    for side in _SIDES:
        if hanging[side]:
            _draw_ear(canvas, at, coat, side, unit, hairs, inner=False)
    _draw_jaw(canvas, at, coat, unit)
    _draw_muzzle(canvas, at, coat, unit, light, hairs)
    _draw_brows(canvas, at, coat, unit)
    for side in _SIDES:
        _draw_eye(canvas, at, coat, side, unit)
    _draw_nose(canvas, at, coat, unit)
    return _photographed(canvas, dogs.size, rng)


def _unit(pixels: np.ndarray) -> float:
    """About the distance of the outer eye corners, from all points, so steady under turns."""
    return 0.31 * float(np.linalg.norm(pixels - pixels.mean(axis=0), axis=1).mean()) * 4.2


def _down(at: Points) -> np.ndarray:
    eyes = at(*(f'{side}_eye_{lid}' for side in _SIDES for lid in _LIDS)).mean(axis=0)
    way = at('chin', 'muzzle_mid', 'upper_lip_mid').mean(axis=0) - eyes
    return way / max(float(np.linalg.norm(way)), 1e-6)


def _hangs(at: Points, side: str) -> bool:
    base = at(f'{side}_ear_inner_base', f'{side}_ear_outer_base').mean(axis=0)
    return float((at(f'{side}_ear_tip')[0] - base) @ _down(at)) > 0


def _backdrop(hairs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    side = len(hairs)
    colors = rng.uniform(30, 230, (2, 2, 3)) * 0.5 + rng.uniform(30, 230, 3) * 0.5
    canvas = cv2.resize(colors.astype(np.float32), (side, side), interpolation=cv2.INTER_LINEAR)
    for _ in range(rng.integers(2, 7)):
        center, size = rng.uniform(0, side, 2), rng.uniform(0.1, 0.45, 2) * side
        turn = np.linspace(0, 2 * np.pi, rng.choice([4, 24]), endpoint=False) + rng.uniform(0, 3)
        shape = center + size * np.stack([np.cos(turn), np.sin(turn)], axis=-1)
        fill(canvas, shape, rng.uniform(20, 235, 3), rng.uniform(0.5, 0.03 * side))
    everywhere = np.full(canvas.shape[:2], 255, np.uint8)
    fur(canvas, everywhere, rng.uniform(0.01, 0.05), hairs)
    return canvas


def _draw_body(canvas: np.ndarray, at: Points, coat: Coat, unit: float, hairs: np.ndarray) -> None:
    down = _down(at)
    across = np.array([down[1], -down[0]])
    throat = at('chin')[0] - 0.25 * unit * down
    sides = (-0.55, 0.55, 1.1, -1.1)
    depth = (0, 0, 4, 4)
    body = throat + unit * (np.outer(sides, across) + np.outer(depth, down))
    fur(canvas, fill(canvas, body, 0.72 * coat.fur, 0.03 * unit), coat.strength, hairs)


def _outline(at: Points, unit: float) -> np.ndarray:
    """The head without its ears: wider than the eyes and cheeks, round over the ears' bases."""
    down = _down(at)
    middle = at('nose_bridge_mid')[0]
    parts = [at('chin') + 0.03 * unit * down]
    for side in _SIDES:
        ears = at(f'{side}_ear_inner_base', f'{side}_ear_outer_base')
        parts.append(ears - 0.04 * unit * down)
        parts.append(at(f'{side}_brow') - 0.08 * unit * down)
        for name, share in ((f'{side}_eye_outer', 1.32), (f'{side}_cheek', 1.22)):
            parts.append(middle + share * (at(name) - middle))
        low = at(f'{side}_mouth_corner', f'{side}_lower_jaw')
        parts.append(middle + 1.05 * (low - middle))
    crown = at('right_ear_inner_base', 'left_ear_inner_base').mean(axis=0) - 0.10 * unit * down
    return curve(hull(np.concatenate([*parts, crown[None]])))


def _draw_ear(
    canvas: np.ndarray,
    at: Points,
    coat: Coat,
    side: str,
    unit: float,
    hairs: np.ndarray,
    *,
    inner: bool,
) -> None:
    corners = at(*(f'{side}_ear_{part}' for part in _EAR))
    # the tip stays a corner: each half of the edge is a line of its own
    edge = np.concatenate([curve(corners[:4], closed=False), curve(corners[3:], closed=False)])
    mask = fill(canvas, edge, coat.ears, 0.01 * unit)
    if inner:
        middle = edge.mean(axis=0)
        fill(canvas, middle + 0.62 * (edge - middle), coat.inner_ear, 0.02 * unit)
    fur(canvas, mask, coat.strength, hairs)
    stroke(canvas, edge, 0.6 * coat.ears, 0.025 * unit)


def _draw_jaw(canvas: np.ndarray, at: Points, coat: Coat, unit: float) -> None:
    corners = at('right_mouth_corner'), at('left_mouth_corner')
    below = at('right_lower_jaw', 'chin', 'left_lower_jaw')
    jaw = np.concatenate([corners[0], below, corners[1]])
    lip = at('upper_lip_mid')
    outer = np.concatenate([curve(jaw, closed=False), lip])
    fill(canvas, outer, 0.86 * coat.muzzle, 0.01 * unit)
    stroke(canvas, curve(jaw, closed=False), 0.5 * coat.muzzle, 0.025 * unit)
    lower = at('lower_lip_top')
    line = np.concatenate([corners[0], lower, corners[1]])
    gape = np.concatenate([corners[0], lip, corners[1], lower])
    fill(canvas, gape, _MOUTH)
    gap = float(np.linalg.norm(lower - lip))
    if gap > 0.08 * unit:
        tongue = np.concatenate(
            [
                0.35 * corners[0] + 0.65 * lower,
                lower,
                0.35 * corners[1] + 0.65 * lower,
                0.5 * (lip + lower),
            ]
        )
        fill(canvas, curve(tongue), _TONGUE)
    stroke(canvas, curve(line, closed=False), _BLACK, 0.02 * unit)
    stroke(canvas, at('lower_lip_top', 'lower_lip_mid'), _BLACK, 0.06 * unit)
    fill(canvas, curve(np.concatenate([at('lower_lip_mid'), below])), coat.muzzle, 0.01 * unit)


def _draw_muzzle(
    canvas: np.ndarray,
    at: Points,
    coat: Coat,
    unit: float,
    light: np.ndarray,
    hairs: np.ndarray,
) -> None:
    sides = ('nose_bridge', 'cheek', 'mouth_corner')
    right = at(*(f'right_{part}' for part in sides))
    left = at(*(f'left_{part}' for part in sides))[::-1]
    edge = np.concatenate([at('nose_bridge_mid'), right, at('upper_lip_mid'), left])
    mask = fill(canvas, edge, coat.muzzle, 0.015 * unit)
    fur(canvas, mask, coat.strength, hairs)
    dome(canvas, mask, light, 0.5)
    top = at('nose_top')[0]
    for side in _SIDES:
        bridge = np.stack([at(f'{side}_nose_bridge')[0], at(f'{side}_nose_upper')[0]])
        stroke(canvas, bridge, 0.78 * coat.muzzle, 0.03 * unit)
        pad = at(f'{side}_muzzle')[0]
        for step in ((0, 0), (-0.05, 0.05), (0.05, 0.05)):
            disc(canvas, pad + unit * np.array(step), (0.028, 0.014)[any(step)] * unit, _BLACK)
        disc(canvas, at(f'{side}_cheek')[0], 0.03 * unit, 0.55 * coat.muzzle)
    stroke(canvas, np.stack([at('nose_bridge_mid')[0], top]), 0.88 * coat.muzzle, 0.05 * unit)
    lips = at('right_mouth_corner', 'upper_lip_mid', 'left_mouth_corner')
    for half in (lips[:2], lips[1:]):
        bow = np.stack([half[0], half.mean(axis=0) + 0.05 * unit * _down(at), half[1]])
        stroke(canvas, curve(bow, closed=False), _BLACK, 0.03 * unit)
    stroke(canvas, at('nose_bottom', 'muzzle_mid'), _BLACK, 0.03 * unit)
    stroke(canvas, at('muzzle_mid', 'upper_lip_mid'), 0.6 * coat.muzzle, 0.02 * unit)


def _draw_brows(canvas: np.ndarray, at: Points, coat: Coat, unit: float) -> None:
    ends = at('right_brow', 'left_brow', 'left_nose_bridge', 'right_nose_bridge')
    fill(canvas, ends, coat.blaze, 0.01 * unit)
    for spot in (*ends[:2], *at('nose_bridge_mid')):
        disc(canvas, spot, 0.035 * unit, 0.5 * coat.blaze)


def _draw_eye(canvas: np.ndarray, at: Points, coat: Coat, side: str, unit: float) -> None:
    lids = at(*(f'{side}_eye_{lid}' for lid in _LIDS))
    edge, middle = curve(lids), lids.mean(axis=0)
    ring = middle + 1.5 * (edge - middle)
    fill(canvas, ring, 0.6 * coat.fur + 60, 0.02 * unit)
    fill(canvas, edge, (205, 212, 216))
    radius = 0.55 * float(np.linalg.norm(lids[3] - lids[1]))
    fill(canvas, _within(middle, radius, edge), coat.iris)
    disc(canvas, middle, 0.5 * radius, _BLACK)
    disc(canvas, middle - 0.35 * radius, 0.2 * radius, (250, 250, 250))
    stroke(canvas, edge, _BLACK, 0.03 * unit, closed=True)


def _within(middle: np.ndarray, radius: float, edge: np.ndarray) -> np.ndarray:
    """A disc whose points lie no farther out than an edge (M, 2) around it."""
    away = edge - middle
    length = np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-6)
    return middle + away * np.minimum(1, radius / length)


def _draw_nose(canvas: np.ndarray, at: Points, coat: Coat, unit: float) -> None:
    names = ('nose_top', 'left_nose_upper', 'left_nose_lower', 'nose_bottom')
    edge = at(*names, 'right_nose_lower', 'right_nose_upper')
    fill(canvas, curve(edge), coat.nose)
    middle = edge.mean(axis=0)
    for side in _SIDES:
        wing = at(f'{side}_nose_upper', f'{side}_nose_lower').mean(axis=0)
        disc(canvas, middle + 0.55 * (wing - middle), 0.035 * unit, 0.35 * coat.nose)
    shine = 0.6 * at('nose_top')[0] + 0.4 * middle
    disc(canvas, shine, 0.03 * unit, 0.6 * coat.nose + 70)


def _photographed(canvas: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Bring to size, with the light, the blur and the noise of a picture."""
    small = cv2.resize(canvas, (size, size), interpolation=cv2.INTER_AREA)
    corners = rng.uniform(0.75, 1.15, (2, 2)).astype(np.float32)
    small = small * cv2.resize(corners, (size, size))[..., None] * rng.uniform(0.95, 1.05, 3)
    small = cv2.GaussianBlur(small, (0, 0), rng.uniform(0.3, 0.8) * size / 160)
    small += rng.normal(0, rng.uniform(1, 5), small.shape)
    return small.clip(0, 255).astype(np.uint8)
