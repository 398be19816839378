"""The hands of one split of OUHANDS as arrays, and what was found with them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmlandmark.annotations.ouhands_layout import count_gestures
from mmlandmark.annotations.release_problems import Problem
from mmlandmark.schemas import KeypointSchema

_DEPTH_PERCENTILE = 99


@dataclass(frozen=True)
class RawHands:
    """The N usable hands of one split, as they are on disk.

    Attributes:
        root: The folder of the release.
        split: ``train``, ``validation`` or ``test``.
        schema: The schema of the points.
        pictures: Picture files relative to the root, in the order of the list.
        files: Landmark files relative to the root.
        landmarks: (N, K, 3) float64 as in the files: x / width, y / height, z; z is NaN in a file
            without z.
        sizes: (N, 2) int64 width and height of the pictures as training sees them.
        boxes: (N, 4) float64 x1, y1, x2, y2 of the box files; NaN where there is none.
        gestures: Class of each hand.
        handedness: ``left``, ``right`` or None, as the files say.
        scores: (N,) float64, the confidence of that; NaN where there is none.
        listed: Class -> pictures of the split.
        without_landmarks: Class -> pictures of the split that have no landmark file.
        defects: What made hands unusable, or cost them their box.
        notes: What was found and did no harm.
    """

    root: Path
    split: str
    schema: KeypointSchema
    pictures: list[str]
    files: list[str]
    landmarks: np.ndarray
    sizes: np.ndarray
    boxes: np.ndarray
    gestures: list[str]
    handedness: list[str | None]
    scores: np.ndarray
    listed: dict[str, int]
    without_landmarks: dict[str, int]
    defects: list[Problem]
    notes: list[Problem]

    def __len__(self) -> int:
        return len(self.files)

    @property
    def points(self) -> np.ndarray:
        """(N, K, 2) float64 pixels."""
        return self.landmarks[..., :2] * self.sizes[:, None]

    @property
    def visible(self) -> np.ndarray:
        """(N, K) uint8: 2 everywhere, as a landmark file labels all of its points."""
        return np.full(self.landmarks.shape[:2], 2, dtype=np.uint8)

    @property
    def has_depth(self) -> np.ndarray:
        """(N,) bool: the file has z."""
        return np.isfinite(self.landmarks[..., 2]).all(axis=1)

    def depth_scale(self) -> float:
        """Return the 99th percentile of the size of z: z over it is about -1 to 1.

        NaN where no file has z, or all z are 0.
        """
        depths = np.abs(self.landmarks[self.has_depth, :, 2])
        scale = float(np.percentile(depths, _DEPTH_PERCENTILE)) if depths.size else 0.0
        return scale or float('nan')

    def summary(self) -> list[str]:
        """Return lines for a log: hands, pictures without landmarks by class, defects, notes."""
        total = sum(self.without_landmarks.values())
        lost = [
            f'{gesture} {count} of {self.listed[gesture]}'
            for gesture, count in self.without_landmarks.items()
            if count
        ]
        by_class = f' ({", ".join(lost)})' if lost else ''
        lines = [
            f'OUHANDS {self.split} in {self.root}: {len(self)} hands of '
            f'{sum(self.listed.values())} pictures; {total} without landmarks{by_class}'
        ]
        for what, problems in (('left out or without box', self.defects), ('noted', self.notes)):
            first = {problem.reason: problem for problem in reversed(problems)}
            counts = Counter(problem.reason for problem in problems)
            lines += [
                f'{what}: {count} x {reason}, the first is {first[reason]}'
                for reason, count in counts.items()
            ]
        return lines

    def rows(self) -> list[dict[str, str | int]]:
        """Return one row per class: pictures, hands, pictures without landmarks, left out."""
        hands = count_gestures(self.gestures)
        counts = [
            (gesture, pictures, hands[gesture], self.without_landmarks[gesture])
            for gesture, pictures in self.listed.items()
        ]
        counts.append(('all', *(sum(column) for column in list(zip(*counts, strict=True))[1:])))
        return [
            {
                'class': gesture,
                'pictures': pictures,
                'hands': found,
                'without landmarks': without,
                'left out': pictures - found - without,
            }
            for gesture, pictures, found, without in counts
        ]
