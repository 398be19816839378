"""The worst faces of an audit on one picture: points, box, and what was found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from mmlandmark.annotations.audit_result import AnnotationAudit, Finding
from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional.table import format_value
from mmlandmark.geometry.boxes import boxes_from_points
from mmlandmark.schemas import KeypointSchema
from mmlandmark.visualization.drawing import draw_points

COUNT = 24
"""How many faces a sheet shows."""
_COLUMNS = 6
_TILE, _DRAWN = 300, 480  # pixels of a tile, and those at which it is drawn
_MARGIN = 0.08  # around all that a tile shows, in shares of its side
_LINES, _LINE, _GAP = 4, 17, 8
_OUTSIDE, _IMAGE, _INK, _PAPER = (110, 110, 110), (190, 190, 190), (40, 36, 32), (255, 255, 255)
_BOX, _FAULT = (0, 94, 213), (60, 20, 220)
_FONT = cv2.FONT_HERSHEY_SIMPLEX


@dataclass(frozen=True)
class Tile:
    """One face of a sheet.

    Attributes:
        caption: Lines beneath the face.
        points: (K, 2) pixels of the picture.
        visible: (K,), labelled where above zero.
        box: (4,) x1, y1, x2, y2; NaN where there is none.
        size: (2,) width and height of the picture, below 1 where unknown.
        at_fault: (K,) bool, points that get a ring.
        picture: (H, W, 3) uint8 BGR; None: the face is drawn on grey.
    """

    caption: Sequence[str]
    points: np.ndarray
    visible: np.ndarray
    box: np.ndarray
    size: np.ndarray
    at_fault: np.ndarray
    picture: np.ndarray | None = None


def audit_sheet(
    audit: AnnotationAudit,
    points: np.ndarray,
    visible: np.ndarray,
    boxes: np.ndarray,
    sizes: np.ndarray,
    schema: KeypointSchema,
    names: Sequence[str],
    read: Callable[[int], np.ndarray | None] | None = None,
    count: int = COUNT,
) -> np.ndarray | None:
    """Draw the worst faces of an audit; the kinds of findings take turns.

    Args:
        audit: The result for the arrays.
        points: (N, K, 2) pixels, as they were audited; so are the following.
        visible: (N, K).
        boxes: (N, 4) x1, y1, x2, y2.
        sizes: (N, 2) width and height.
        schema: Links and colours.
        names: The N instances.
        read: Gives the picture of a row as (H, W, 3) uint8 BGR, or None; without it all faces are
            drawn on grey.
        count: At most so many.

    Returns:
        (H, W, 3) uint8 BGR; None where nothing was found.

    Raises:
        LandmarkError: ``count`` is below 1.
    """
    if count < 1:
        raise LandmarkError(f'contact sheet of {count} instances; expected at least 1')
    rows = {name: row for row, name in reversed(list(enumerate(names)))}
    found: dict[str, list[Finding]] = {name: [] for name in audit.worst(count)}
    for finding in audit.findings:
        if finding.name in found:
            found[finding.name].append(finding)
    tiles = []
    for name, findings in found.items():
        row, at_fault = rows[name], {point for f in findings for point in f.keypoints}
        lines = [_line(finding) for finding in findings]
        picture = read(row) if read else None
        size = sizes[row] if picture is None else picture.shape[1::-1]
        tiles.append(
            Tile(
                [name, *lines],
                points[row],
                visible[row],
                boxes[row],
                np.asarray(size),
                np.array([point in at_fault for point in schema.keypoints]),
                picture,
            )
        )
    return draw_sheet(tiles, schema) if tiles else None


def draw_sheet(tiles: Sequence[Tile], schema: KeypointSchema) -> np.ndarray:
    """Draw at least one tile; (H, W, 3) uint8 BGR."""
    columns = min(_COLUMNS, len(tiles))
    step = np.array([_TILE + _LINES * _LINE, _TILE]) + _GAP
    rows = -(-len(tiles) // columns)
    sheet = np.full((*(step * (rows, columns) + _GAP), 3), _PAPER, dtype=np.uint8)
    for number, tile in enumerate(tiles):
        top, left = step * divmod(number, columns) + _GAP
        sheet[top : top + _TILE, left : left + _TILE] = _draw_face(tile, schema)
        for line, text in enumerate(_fitting(tile.caption)):
            place = (int(left) + 2, int(top) + _TILE + (line + 1) * _LINE - 4)
            cv2.putText(sheet, text, place, _FONT, 0.42, _INK, 1, cv2.LINE_AA)
    return sheet


def _draw_face(tile: Tile, schema: KeypointSchema) -> np.ndarray:
    points = np.asarray(tile.points, dtype=np.float64)
    shown = (np.asarray(tile.visible) > 0) & np.isfinite(points).all(axis=1)
    origin, scale = _view(points, shown, np.asarray(tile.box), np.asarray(tile.size))
    canvas = np.full((_DRAWN, _DRAWN, 3), _OUTSIDE, dtype=np.uint8)
    if tile.picture is not None:
        # Annotations count from the corner of the picture, OpenCV from the middle of a pixel.
        shift = (0.5 - origin) * scale - 0.5
        matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
        smooth = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        cv2.warpAffine(
            tile.picture, matrix, (_DRAWN, _DRAWN), canvas, smooth, cv2.BORDER_TRANSPARENT
        )
    elif (tile.size >= 1).all():
        _rectangle(canvas, (np.array([0, 0, *tile.size]), origin, scale), _IMAGE, -1)
    places = (np.where(shown[:, None], points, 0.0) - origin) * scale
    canvas = draw_points(canvas, places, shown, schema)
    for place in places[shown & tile.at_fault]:
        cv2.circle(canvas, tuple(np.round(place).astype(int).tolist()), 11, _FAULT, 3, cv2.LINE_AA)
    if np.isfinite(tile.box).all():
        _rectangle(canvas, (tile.box, origin, scale), _BOX, 3)
    return cv2.resize(canvas, (_TILE, _TILE), interpolation=cv2.INTER_AREA)


def _view(
    points: np.ndarray, shown: np.ndarray, box: np.ndarray, size: np.ndarray
) -> tuple[np.ndarray, float]:
    """Return the corner (2,) of a square around points and box, else the image, and the scale."""
    parts = [boxes_from_points(points[None], shown[None])[0], box]
    parts = np.array([part for part in parts if np.isfinite(part).all()])
    if not len(parts):
        parts = np.array([[0, 0, *np.maximum(size, 1)]], dtype=np.float64)
    low, high = parts[:, :2].min(axis=0), parts[:, 2:].max(axis=0)
    side = max(float((high - low).max()), 1.0) * (1 + 2 * _MARGIN)
    return (low + high - side) / 2, _DRAWN / side


def _rectangle(
    canvas: np.ndarray,
    view: tuple[np.ndarray, np.ndarray, float],
    color: tuple[int, int, int],
    width: int,
) -> None:
    box, origin, scale = view
    corners = (np.asarray(box).reshape(2, 2) - origin) * scale
    limit = 8 * _DRAWN  # far outside, OpenCV's integers overflow
    first, second = np.clip(np.round(corners), -limit, limit).astype(int).tolist()
    cv2.rectangle(canvas, first, second, color, width, cv2.LINE_AA)


def _line(finding: Finding) -> str:
    if finding.detail:
        return f'{finding.finding}: {finding.detail}'
    number = '' if finding.value is None else f' {format_value(finding.value, 3)}'
    names = finding.keypoints
    more = f' +{len(names) - 1}' if len(names) > 1 else ''
    return f'{finding.finding}{number}' + (f': {names[0]}{more}' if names else '')


def _fitting(caption: Sequence[str]) -> list[str]:
    """Return at most `_LINES` lines that fit a tile, in the letters that OpenCV draws."""
    lines = list(caption)
    if len(lines) > _LINES:
        lines = [*lines[: _LINES - 1], f'{lines[_LINES - 1]}, +{len(lines) - _LINES} more']
    return [
        _cut(line.encode('ascii', 'replace').decode(), not number)
        for number, line in enumerate(lines)
    ]


def _cut(text: str, keep_end: bool) -> str:
    """Return as much of a text as fits; of a file name the end, which tells it from others."""
    kept = text
    while cv2.getTextSize(kept, _FONT, 0.42, 1)[0][0] > _TILE - 4:
        kept = (
            f'...{kept.removeprefix("...")[1:]}'
            if keep_end
            else f'{kept.removesuffix("...")[:-1]}...'
        )
    return kept
