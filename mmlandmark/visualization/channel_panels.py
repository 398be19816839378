"""Maps of channels beside the picture: what was asked for, what came out, and both point sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from mmlandmark.visualization.channel_overlay import (
    MIN_SIDE,
    channel_color,
    draw_ring,
    enlarge,
    fixed_point,
    write_text,
)

SIDE = 256  # pixels of the longer side of a panel, at least
TRUE_COLOR, FOUND_COLOR = (255, 255, 255), (0, 94, 213)  # white rings, vermilion crosses
_GAP, _BAND = 4, 22
_INK, _PAPER = (40, 36, 32), 255


@dataclass(frozen=True)
class ChannelMaps:
    """What is drawn of one picture of C channels; all places are pixels of the input.

    Attributes:
        picture: The input (H, W, 3) uint8, BGR, without padding.
        targets: (C, h, w) maps that were asked for, 0 to 1.
        predicted: (C, h, w) maps that came out.
        stride: Pixels of the input per cell of the maps; the last cells may reach beyond it.
        true_points: (M, 2), from the corner of the input.
        true_ids: (M,) positions of their channels.
        found_points: (P, 2).
        found_ids: (P,).
    """

    picture: np.ndarray
    targets: np.ndarray
    predicted: np.ndarray
    stride: int
    true_points: np.ndarray
    true_ids: np.ndarray
    found_points: np.ndarray
    found_ids: np.ndarray


def draw_channel_maps(maps: ChannelMaps, channels: Sequence[str]) -> np.ndarray:
    """Draw a row per channel: both point sets on the picture, the target map, the predicted map.

    True points are white rings, found ones crosses. Maps have one scale, from 0 (dark) to 1
    (bright), so pictures of several epochs can be compared.

    Args:
        maps: What to draw.
        channels: The C names.

    Returns:
        (H', W', 3) uint8, BGR.
    """
    base, scale = enlarge(maps.picture, SIDE)

    def heat(values: np.ndarray) -> np.ndarray:
        return _heat(values, maps.stride * scale, base.shape)

    rows = []
    for channel, name in enumerate(channels):
        true = maps.true_points[maps.true_ids == channel] * scale
        found = maps.found_points[maps.found_ids == channel] * scale
        panels = [
            _titled(
                _with_points(base, true, found), f'{name}: {len(true)} true, {len(found)} found'
            ),
            _titled(_with_points(heat(maps.targets[channel]), true), 'target'),
            _titled(_with_points(heat(maps.predicted[channel]), (), found), 'predicted'),
        ]
        gap = np.full((len(panels[0]), _GAP, 3), _PAPER, dtype=np.uint8)
        rows.append(np.concatenate([panels[0], gap, panels[1], gap, panels[2]], axis=1))
    return np.concatenate(rows)


def draw_both_points(
    picture: np.ndarray,
    true: tuple[np.ndarray, np.ndarray],
    found: tuple[np.ndarray, np.ndarray],
    channels: Sequence[str],
) -> np.ndarray:
    """Draw true points as white rings and found ones as crosses in the colours of their channels.

    Args:
        picture: (H, W, 3) uint8, BGR; not changed.
        true: (M, 2) pixels of the picture, from its corner, and (M,) positions of their channels.
        found: (P, 2) and (P,), alike.
        channels: The C names, written with their numbers of points.

    Returns:
        (H', W', 3) uint8, BGR; enlarged where the picture is small.
    """
    canvas, scale = enlarge(picture, MIN_SIDE)
    unit = max(1, round(max(canvas.shape[:2]) / 320))
    for place in scale * true[0]:
        draw_ring(canvas, place, 4 * unit, _INK, 2 * unit + 1)
        draw_ring(canvas, place, 4 * unit, TRUE_COLOR, unit)
    for place, channel in zip(scale * found[0], found[1].tolist(), strict=True):
        _draw_cross(canvas, place, 3 * unit, channel_color(channel), unit)
    for line, name in enumerate(channels):
        counts = [int((side[1] == line).sum()) for side in (true, found)]
        text = f'{name}: {counts[0]} true, {counts[1]} found'
        place = np.array([4, 10 * (line + 1)]) * unit
        write_text(canvas, text, place, 0.3 * unit, channel_color(line))
    return canvas


def _heat(values: np.ndarray, cell: float, shape: Sequence[int]) -> np.ndarray:
    """Return a map (h, w) in colours: squares of ``cell`` pixels, cut to a shape."""
    levels = (255 * np.nan_to_num(values, nan=0.0).clip(0, 1)).round().astype(np.uint8)
    rows, columns = (((np.arange(length) + 0.5) / cell).astype(int) for length in shape[:2])
    rows, columns = rows.clip(max=len(levels) - 1), columns.clip(max=levels.shape[1] - 1)
    return cv2.applyColorMap(levels[rows[:, None], columns], cv2.COLORMAP_INFERNO)


def _with_points(
    base: np.ndarray, true: np.ndarray | tuple, found: np.ndarray | tuple = ()
) -> np.ndarray:
    canvas = base.copy()
    radius = max(3.0, max(canvas.shape[:2]) / 64)
    for place in true:
        draw_ring(canvas, place, radius + 1, _INK, 3)
        draw_ring(canvas, place, radius + 1, TRUE_COLOR, 1)
    for place in found:
        _draw_cross(canvas, place, radius)
    return canvas


def _draw_cross(
    canvas: np.ndarray,
    place: np.ndarray,
    radius: float,
    inner: tuple[int, int, int] = FOUND_COLOR,
    unit: int = 1,
) -> None:
    for color, width in ((_INK, 2 * unit + 1), (inner, unit)):
        for step in (np.array([radius, radius]), np.array([radius, -radius])):
            ends = fixed_point(place - step, canvas), fixed_point(place + step, canvas)
            cv2.line(canvas, *ends, color, width, cv2.LINE_AA, 4)


def _titled(panel: np.ndarray, title: str) -> np.ndarray:
    band = np.full((_BAND, panel.shape[1], 3), _PAPER, dtype=np.uint8)
    cv2.putText(band, title, (3, 15), cv2.FONT_HERSHEY_SIMPLEX, 0.42, _INK, 1, cv2.LINE_AA)
    return np.concatenate([band, panel])
