"""Which keypoints a method can give at all, and how much of the labels that is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional.table import render_table
from mmlandmark.evaluation.metrics.sample_arrays import join_rows, with_shapes
from mmlandmark.schemas import KeypointSchema, get_schema

COVERED = 'keypoints_covered'
"""Field of ``pred_instances``: (M, K) bool, False where the method never gives the keypoint."""
INFERRED = 'keypoints_inferred'
"""Field of ``pred_instances``: (M, K) bool, True where points that carry it were missing."""


@dataclass(frozen=True)
class Coverage:
    """What a method covers of the labels of a data set.

    Attributes:
        schema: The keypoints of the data set.
        covered: The method can give the keypoint, (K,) bool.
        labelled: Labelled points of each keypoint, (K,) int.
        inferred: Predictions of each covered keypoint that were found without some of the points
            that carry it, (K,) int.
    """

    schema: KeypointSchema
    covered: np.ndarray
    labelled: np.ndarray
    inferred: np.ndarray

    @property
    def of_keypoints(self) -> float:
        """The share of the keypoints that is covered."""
        return float(self.covered.mean())

    @property
    def of_points(self) -> float:
        """The share of the labelled points that is covered; NaN where nothing is labelled."""
        total = int(self.labelled.sum())
        return float(self.labelled[self.covered].sum() / total) if total else float('nan')

    def summary(self) -> str:
        """Say in one line what is covered and what is not."""
        covered, count = int(self.covered.sum()), len(self.covered)
        points, total = int(self.labelled[self.covered].sum()), int(self.labelled.sum())
        line = f'{covered} of {count} keypoints and {points} of {total} labelled points are covered'
        names = zip(self.schema.keypoints, self.covered, self.labelled, strict=True)
        missing = [f'{name} ({labelled} labelled)' for name, given, labelled in names if not given]
        line += f'; not covered: {", ".join(missing)}' if missing else ''
        inferred = int(self.inferred.sum())
        return f'{line}; {inferred} predictions of covered ones are inferred' if inferred else line

    def table(self) -> str:
        """One row per keypoint."""
        columns = zip(
            self.schema.keypoints, self.covered, self.labelled, self.inferred, strict=True
        )
        return render_table(
            [
                {
                    'keypoint': name,
                    'covered': 'yes' if given else 'no',
                    'labelled': int(labelled),
                    'inferred': int(inferred),
                }
                for name, given, labelled, inferred in columns
            ]
        )


def covered_keypoints(samples: Sequence[Mapping[str, Any]], count: int) -> np.ndarray:
    """Return which of ``count`` keypoints each sample's method covers, (S, K) bool; else all.

    Raises:
        LandmarkError: A prediction says so for another number of keypoints.
    """
    covered = np.ones((len(samples), count), dtype=bool)
    stated = [sample['pred_instances'].get(COVERED) for sample in samples]
    rows = [row for row, value in enumerate(stated) if value is not None and len(value)]
    values = with_shapes([stated[row] for row in rows])
    for row, value in zip(rows, values, strict=True):
        if tuple(value.shape[1:]) != (count,):
            raise LandmarkError(
                f'annotation {samples[row].get("id")}: {COVERED} is for {value.shape[-1]} '
                f'keypoints, the data set has {count}'
            )
    if rows:
        covered[rows] = join_rows([value[:1] for value in values])
    return covered


def inferred_keypoints(samples: Sequence[Mapping[str, Any]], covered: np.ndarray) -> np.ndarray:
    """Return how many predictions of each covered keypoint each sample has inferred, (S, K) int."""
    inferred = np.zeros(covered.shape, dtype=np.int32)
    stated = [sample['pred_instances'].get(INFERRED) for sample in samples]
    rows = [row for row, value in enumerate(stated) if value is not None and len(value)]
    if rows:
        values = with_shapes([stated[row] for row in rows])
        owners = np.repeat(rows, [len(value) for value in values])
        np.add.at(inferred, owners, join_rows(values).astype(bool) & covered[owners])
    return inferred


def agreed(masks: Iterable[np.ndarray], who: str) -> np.ndarray:
    """Return the one mask of all samples.

    Raises:
        LandmarkError: There are no samples, or they do not cover the same keypoints.
    """
    different = {mask.tobytes(): mask for mask in masks}
    if not different:
        raise LandmarkError(f'{who}: no samples were evaluated')
    if len(different) > 1:
        raise LandmarkError(f'{who}: the samples do not all cover the same keypoints')
    return next(iter(different.values()))


def check_answer(sample: Mapping[str, Any], schema: KeypointSchema, who: str) -> None:
    """Raise a LandmarkError if a prediction says that it is in another schema than a data set."""
    stated = sample.get('pred_schema')
    if stated is None:
        return
    answered = get_schema(stated)
    if not answered.same_keypoints(schema):
        raise LandmarkError(
            f'annotation {sample.get("id")}: predicted in {answered.name!r}, but {who} measures '
            f'{schema.name!r}: {answered.differences(schema)}'
        )
