"""What became of the annotations of a converted file."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class ConversionReport:
    """What became of every annotation of a file.

    Attributes:
        converter: Name of the converter.
        source: Name of the source schema.
        target: Name of the target schema.
        annotations: All annotations of the file.
        converted: Those that got at least one target point.
        too_few: Those with too few labelled points for any target point; all their v are 0.
        other_category: Those of other categories, kept untouched.
        without_keypoints: Crowds and annotations that say that they have no keypoints, kept.
        points: Target points given.
        inferred_points: Those of them that are inferred from incomplete sources.
    """

    converter: str
    source: str
    target: str
    annotations: int
    converted: int
    too_few: int
    other_category: int
    without_keypoints: int
    points: int
    inferred_points: int

    def summary(self) -> str:
        """Return the report as one line."""
        return (
            f'{self.converted} of {self.annotations} annotations converted '
            f'{self.source} -> {self.target} by {self.converter}: {self.points} points, '
            f'{self.inferred_points} of them inferred; {self.too_few} with too few points, '
            f'{self.other_category} of another category, {self.without_keypoints} without keypoints'
        )

    def to_json(self) -> dict[str, Any]:
        """Return the report as a plain dict."""
        return asdict(self)
