"""Several views of one instance side by side, cut out around its points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import KeypointSchema
from mmlandmark.visualization.drawing import draw_points

SIDE = 480  # pixels of a panel; `draw_points` enlarges smaller ones
MARGIN = 0.18  # around the points, in shares of their extent
REACH = 1.5  # how far outside the others a compared point is still shown, in shares of their extent
BLANK = (247, 246, 244)
ERROR_LINE = (253, 255, 253)  # white with a dark rim: told apart from every colour of a side
_GAP, _BAND = 6, 40
_INK = (40, 36, 32)


@dataclass(frozen=True)
class Panel:
    """One view of an instance.

    Args:
        title: Written above the panel.
        points: (K, 2) pixels of the picture.
        visible: (K,) COCO v; points with v 0 are not drawn.
        schema: Names, links and colours.
        inferred: (K,) bool; inferred points are drawn hollow.
        compared: (K, 2) points that lines are drawn to, such as the prediction beside the truth;
            NaN where there is none.
    """

    title: str
    points: np.ndarray
    visible: np.ndarray
    schema: KeypointSchema
    inferred: np.ndarray | None = None
    compared: np.ndarray | None = None


def draw_panels(picture: np.ndarray | None, panels: Sequence[Panel]) -> np.ndarray:
    """Draw panels side by side, all with the same cut-out of the picture.

    Args:
        picture: (H, W, 3) uint8 BGR; None: blank canvases.
        panels: At least one point of one panel is visible.

    Returns:
        (H', W', 3) uint8, BGR.

    Raises:
        LandmarkError: No panel has a visible point.
    """
    origin, scale = _cut_out(panels)
    cut = np.full((SIDE, SIDE, 3), BLANK, dtype=np.uint8)
    if picture is not None:
        # Pixel centres lie at whole numbers, so corners lie half a pixel outside.
        shift = (0.5 - origin) * scale - 0.5
        matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
        smooth = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        cut = cv2.warpAffine(picture, matrix, (SIDE, SIDE), flags=smooth, borderValue=BLANK)
    drawn = [_draw(cut, panel, origin, scale) for panel in panels]
    gap = np.full((SIDE + _BAND, _GAP, 3), 255, dtype=np.uint8)
    columns = [part for panel in drawn for part in (panel, gap)]
    return np.concatenate(columns[:-1], axis=1)


def _cut_out(panels: Sequence[Panel]) -> tuple[np.ndarray, float]:
    """Return the corner (2,) of a square around all points, and the enlargement.

    A prediction that is far off leaves the square instead of making all else a dot.
    """
    shown = [np.asarray(p.points)[np.asarray(p.visible) > 0] for p in panels]
    points = np.concatenate(shown)
    if not len(points):
        raise LandmarkError('no panel has a visible point; expected at least one to draw')
    low, high = points.min(axis=0), points.max(axis=0)
    firm = [own for own, p in zip(shown, panels, strict=True) if p.compared is None and len(own)]
    if firm:
        least, most = np.concatenate(firm).min(axis=0), np.concatenate(firm).max(axis=0)
        reach = REACH * float((most - least).max())
        if reach > 0:  # one point alone says nothing of the size
            low, high = np.maximum(low, least - reach), np.minimum(high, most + reach)
    side = max(float((high - low).max()), 1.0) * (1 + 2 * MARGIN)
    return (low + high - side) / 2, SIDE / side


def _draw(cut: np.ndarray, panel: Panel, origin: np.ndarray, scale: float) -> np.ndarray:
    def place(points: np.ndarray) -> np.ndarray:
        return (np.asarray(points, dtype=np.float64) - origin + 0.5) * scale - 0.5

    canvas = cut.copy()
    points = place(np.where((np.asarray(panel.visible) > 0)[:, None], panel.points, 0.0))
    if panel.compared is not None:
        _draw_differences(canvas, points, place(panel.compared), np.asarray(panel.visible) > 0)
    canvas = draw_points(canvas, points, panel.visible, panel.schema, panel.inferred)
    band = np.full((_BAND, SIDE, 3), 255, dtype=np.uint8)
    font, place_of_text = cv2.FONT_HERSHEY_DUPLEX, (4, _BAND - 13)
    cv2.putText(band, panel.title, place_of_text, font, 0.65, _INK, 1, cv2.LINE_AA)
    return np.concatenate([band, canvas])


def _draw_differences(
    canvas: np.ndarray, points: np.ndarray, others: np.ndarray, shown: np.ndarray
) -> None:
    limit = 8 * SIDE  # far outside, OpenCV's integers overflow
    for index in np.flatnonzero(shown & np.isfinite(others).all(axis=1)):
        ends = np.clip(np.round([points[index], others[index]]), -limit, limit).astype(int)
        first, last = (tuple(end) for end in ends.tolist())
        cv2.line(canvas, first, last, _INK, 5, cv2.LINE_AA)
        cv2.line(canvas, first, last, ERROR_LINE, 2, cv2.LINE_AA)
