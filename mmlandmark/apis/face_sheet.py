"""The worst faces of a raw release on one picture."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np

from mmlandmark.annotations.audit_result import AnnotationAudit
from mmlandmark.annotations.face_release import RawFaces
from mmlandmark.annotations.pictures import read_picture
from mmlandmark.errors import LandmarkError
from mmlandmark.visualization.contact_sheet import audit_sheet

_PAPER = 255


def release_sheet(raw: RawFaces, audits: Mapping[str, AnnotationAudit]) -> np.ndarray | None:
    """Draw the worst faces of every part, one part below the other.

    Args:
        raw: The release.
        audits: Part of the release -> its audit; ``all`` where it has no parts.

    Returns:
        (H, W, 3) uint8 BGR; None where nothing was found. Faces without a readable picture are
        drawn on grey.
    """
    part_of_face = np.array([part or 'all' for part in raw.parts])
    sheets = []
    for part, audit in audits.items():
        rows = np.flatnonzero(part_of_face == part)
        sheet = audit_sheet(
            audit,
            raw.points[rows],
            raw.visible[rows],
            raw.boxes[rows],
            raw.sizes[rows],
            raw.schema,
            [raw.files[row] for row in rows],
            partial(_picture, raw, rows),
        )
        if sheet is not None:
            sheets.append(sheet)
    if not sheets:
        return None
    width = max(sheet.shape[1] for sheet in sheets)
    borders = [((0, 0), (0, width - sheet.shape[1]), (0, 0)) for sheet in sheets]
    return np.concatenate(
        [
            np.pad(sheet, border, constant_values=_PAPER)
            for sheet, border in zip(sheets, borders, strict=True)
        ]
    )


def _picture(raw: RawFaces, rows: np.ndarray, row: int) -> np.ndarray | None:
    name = raw.pictures[rows[row]]
    try:
        return None if name is None else read_picture(raw.root / name)
    except LandmarkError:  # it is among the problems of the release already
        return None
