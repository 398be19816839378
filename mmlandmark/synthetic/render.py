"""Simple pictures of synthetic faces: a shaded outline, eyes, brows, nose and mouth."""

from __future__ import annotations

import cv2
import numpy as np

from mmlandmark.synthetic import head
from mmlandmark.synthetic.faces import IMAGE_SIZE, SyntheticFaces, hidden_points
from mmlandmark.synthetic.head import LEFT, RIGHT, HeadShape

_FINE = 3  # drawn so many times larger, then averaged: smooth edges at small size
_SHIFT = 4  # bits of OpenCV's fixed-point coordinates
_SKINS = ((160, 188, 232), (138, 170, 218), (112, 148, 202), (90, 124, 178), (72, 100, 148))
_HAIRS = ((30, 32, 38), (38, 52, 78), (52, 92, 128), (92, 130, 165), (60, 62, 66))
_DARK, _LIP_TINT, _WHITE, _MOUTH = (36, 32, 34), (88, 78, 178), (238, 240, 242), (38, 26, 64)
_ALONG = np.linspace(0, 1, 24)
_ACROSS = np.linspace(-1, 1, 33)


def render_face(faces: SyntheticFaces, index: int) -> np.ndarray:
    """Draw one face.

    Args:
        faces: The faces.
        index: Which.

    Returns:
        (H, W, 3) uint8, BGR; the same face always looks the same.
    """
    shape = HeadShape(**{k: v[index : index + 1] for k, v in vars(faces.shape).items()})
    camera = type(faces.camera)(**{k: v[index : index + 1] for k, v in vars(faces.camera).items()})
    person = np.random.default_rng(int(faces.identity[index]))
    skin = np.array(_SKINS[person.integers(len(_SKINS))], dtype=np.float64)
    hair = _HAIRS[person.integers(len(_HAIRS))]
    canvas = _backdrop(person)

    def pixels(points: np.ndarray) -> np.ndarray:
        return (camera.project(points)[0] + 0.5) * _FINE - 0.5

    unit = float(camera.scale[0]) * _FINE
    turn = float(np.sin(camera.yaw[0]))
    _draw_hair(canvas, shape, pixels, hair)
    _draw_neck_and_ears(canvas, shape, pixels, skin, unit)
    canvas = _shade(canvas, _outline(shape, camera.yaw, pixels), skin, turn)
    _draw_nose(canvas, shape, pixels, skin, unit, turn)
    for side in (RIGHT, LEFT):
        _draw_eye(canvas, shape, pixels, side, unit)
        arch = head.brow(shape, _ALONG, side)
        seen = ~hidden_points(arch, camera)[0]
        _stroke(canvas, pixels(arch)[seen], hair, 0.05 * unit)
    _draw_mouth(canvas, shape, pixels, skin, unit)
    return cv2.resize(canvas, (IMAGE_SIZE, IMAGE_SIZE), interpolation=cv2.INTER_AREA)


def _backdrop(person: np.random.Generator) -> np.ndarray:
    tone = person.uniform(0.9, 1.0) * np.array([226, 218, 208])
    fade = np.linspace(1.0, 0.88, IMAGE_SIZE * _FINE)[:, None, None]
    return np.tile(tone * fade, (1, IMAGE_SIZE * _FINE, 1)).astype(np.uint8)


def _outline(shape: HeadShape, yaw: np.ndarray, pixels) -> np.ndarray:
    parts = []
    for side in (RIGHT, LEFT):
        lower = pixels(head.jaw(shape, _ALONG, side, yaw))
        upper = pixels(head.forehead(shape, _ALONG, side))
        parts += [upper[::-1], lower] if side == RIGHT else [lower[::-1], upper]
    return cv2.convexHull(np.concatenate(parts).astype(np.float32))[:, 0]


def _draw_hair(canvas: np.ndarray, shape: HeadShape, pixels, hair: tuple) -> None:
    rim = [head.forehead(shape, _ALONG, side) for side in (RIGHT, LEFT)]
    crown = np.concatenate([rim[0], rim[1][:, ::-1]], axis=1)
    crown = crown * [1.06, 1.16, 1.0] + [0.0, -0.02, -0.20]
    back = crown * [0.80, 0.92, 1.0] + [0.0, 0.10, -0.70]
    hull = cv2.convexHull(np.concatenate([pixels(crown), pixels(back)]).astype(np.float32))
    _fill(canvas, hull[:, 0], hair)


def _draw_neck_and_ears(
    canvas: np.ndarray, shape: HeadShape, pixels, skin: np.ndarray, unit: float
) -> None:
    shadow = tuple(int(value) for value in skin * 0.60)
    sides = [head.jaw(shape, np.array([0.42]), side) for side in (RIGHT, LEFT)]
    top = np.concatenate([pixels(point * [0.80, 1.0, 1.0]) for point in sides])
    low = np.concatenate([pixels(point * [0.86, 1.0, 1.0] + [0, 1.8, 0.1]) for point in sides])
    _fill(canvas, np.concatenate([top, low[::-1]]), shadow)
    for side in (RIGHT, LEFT):
        ear = head.jaw(shape, np.array([0.06]), side) + [0.035 * side, 0.06, -0.06]
        _disc(canvas, pixels(ear)[0], 0.13 * unit, tuple(int(value) for value in skin * 0.82))


def _shade(canvas: np.ndarray, outline: np.ndarray, skin: np.ndarray, turn: float) -> np.ndarray:
    """Fill the outline like a dome lit from one side, so that a turn of the head is seen."""
    mask = np.zeros(canvas.shape[:2], np.uint8)
    _fill(mask, outline, 255)
    depth = cv2.distanceTransform(mask, cv2.DIST_L2, 5)
    dome = np.sqrt(np.clip(depth / depth.max(), 0, 1))
    dome = cv2.GaussianBlur(dome, (0, 0), 6 * _FINE)
    slope = cv2.Sobel(dome, cv2.CV_32F, 1, 0, ksize=5) * 0.35 * _FINE
    light = np.clip(0.74 + 0.32 * dome + 0.55 * slope * (0.5 + turn), 0.68, 1.10)
    soft = cv2.GaussianBlur(mask, (0, 0), 0.5 * _FINE)[..., None] / 255
    lit = np.clip(light[..., None] * skin, 0, 255)
    return np.ascontiguousarray((canvas * (1 - soft) + lit * soft).astype(np.uint8))


def _draw_eye(canvas: np.ndarray, shape: HeadShape, pixels, side: float, unit: float) -> None:
    upper = pixels(head.eyelid(shape, _ALONG, side, 'upper'))
    lower = pixels(head.eyelid(shape, _ALONG, side, 'lower'))
    centre = pixels(head.pupil(shape, side))[0]
    if (lower - upper)[len(_ALONG) // 2, 1] > 0.03 * unit:
        eye = np.zeros(canvas.shape[:2], np.uint8)
        _fill(eye, np.concatenate([upper, lower[::-1]]), 255)
        inside = canvas.copy()
        inside[eye > 0] = _WHITE
        _disc(inside, centre, 0.060 * unit, (96, 78, 62))
        _disc(inside, centre, 0.028 * unit, (22, 18, 20))
        _disc(inside, centre - 0.018 * unit, 0.010 * unit, (255, 255, 255))
        canvas[eye > 0] = inside[eye > 0]
    _stroke(canvas, upper, _DARK, 0.022 * unit)
    _stroke(canvas, lower, _DARK, 0.008 * unit)


def _draw_nose(
    canvas: np.ndarray, shape: HeadShape, pixels, skin: np.ndarray, unit: float, turn: float
) -> None:
    shadow = tuple(int(value) for value in skin * 0.62)
    bridge = pixels(head.nose_bridge(shape, np.linspace(0.25, 1, 12)))
    base = pixels(head.nose_base(shape, _ACROSS))
    if abs(turn) > 0.12:
        _stroke(canvas, bridge, shadow, 0.016 * unit)
    _stroke(canvas, base, shadow, 0.022 * unit)
    for side in (RIGHT, LEFT):
        wing = pixels(head.nose_wing(shape, side))[0]
        edge = base[0] if side == RIGHT else base[-1]
        _stroke(canvas, np.stack([wing, (wing + edge) / 2, edge]), shadow, 0.016 * unit)
        _disc(canvas, base[8] if side == RIGHT else base[24], 0.022 * unit, _DARK)


def _draw_mouth(
    canvas: np.ndarray, shape: HeadShape, pixels, skin: np.ndarray, unit: float
) -> None:
    edges = ('upper_outer', 'upper_inner', 'lower_inner', 'lower_outer')
    upper, inner_upper, inner_lower, lower = (
        pixels(head.lip(shape, _ACROSS, edge)) for edge in edges
    )
    lips = tuple(int(value) for value in 0.55 * skin + 0.45 * np.array(_LIP_TINT))
    _fill(canvas, np.concatenate([upper, lower[::-1]]), lips)
    if float(shape.mouth_open[0]) > 0.08:
        _fill(canvas, np.concatenate([inner_upper, inner_lower[::-1]]), _MOUTH)
    _stroke(canvas, (inner_upper + inner_lower) / 2 if _shut(shape) else inner_upper, _DARK, 0)


def _shut(shape: HeadShape) -> bool:
    return float(shape.mouth_open[0]) <= 0.08


def _fixed(points: np.ndarray) -> np.ndarray:
    return np.round(points * (1 << _SHIFT)).astype(np.int32)


def _fill(canvas: np.ndarray, polygon: np.ndarray, color: tuple | int) -> None:
    cv2.fillPoly(canvas, [_fixed(polygon)], color, cv2.LINE_AA, _SHIFT)


def _stroke(canvas: np.ndarray, line: np.ndarray, color: tuple, width: float) -> None:
    thickness = max(_FINE, round(width))
    cv2.polylines(canvas, [_fixed(line)], False, color, thickness, cv2.LINE_AA, _SHIFT)


def _disc(canvas: np.ndarray, centre: np.ndarray, radius: float, color: tuple) -> None:
    x, y = _fixed(centre).tolist()
    cv2.circle(canvas, (x, y), round(radius * (1 << _SHIFT)), color, -1, cv2.LINE_AA, _SHIFT)
