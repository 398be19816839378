"""Upright squares with good boxes, of which tests spoil one or two."""

from __future__ import annotations

import numpy as np
from coco_files import SQUARE, square_points

from mmlandmark.annotations.audit import audit_annotations
from mmlandmark.annotations.audit_result import AnnotationAudit
from mmlandmark.geometry.boxes import boxes_from_points

COUNT = 30


class Squares:
    """Arrays of an audit without a finding: 30 squares in pictures of 640 x 640."""

    def __init__(self) -> None:
        self.points = square_points(COUNT) + 20
        self.visible = np.full((COUNT, 4), 2)
        self.boxes = boxes_from_points(self.points, self.visible, padding=0.1)
        self.sizes = np.full((COUNT, 2), 640)
        self.names = [f'square {row}' for row in range(COUNT)]

    def audit(self, problems=()) -> AnnotationAudit:
        """Audit them as they are now."""
        return audit_annotations(
            self.points, self.visible, self.boxes, self.sizes, SQUARE, self.names, problems
        )

    def turn(self, row: int, degrees: float, mirror: bool = False) -> None:
        """Turn one square about its middle, and its box with it; after mirroring left and right."""
        angle, middle = np.radians(degrees), self.points[row].mean(axis=0)
        matrix = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        shape = (self.points[row] - middle) * ([-1, 1] if mirror else [1, 1])
        self.points[row] = shape @ matrix + middle
        self.boxes[row] = boxes_from_points(self.points[[row]], self.visible[[row]], 0.1)[0]


def found(audit: AnnotationAudit) -> dict[str, int]:
    """The counts above zero."""
    return {finding: count for finding, count in audit.counts.items() if count}
