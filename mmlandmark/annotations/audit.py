"""What is wrong in a set of labelled instances: counted, named, the worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from mmlandmark.annotations.audit_checks import Check, box_checks, duplicates, point_checks
from mmlandmark.annotations.audit_result import DEFINITIONS, AnnotationAudit, Finding
from mmlandmark.annotations.audit_sides import side_checks
from mmlandmark.annotations.release_problems import EntryProblem
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import KeypointSchema

#: Annotation id and image id of instances; None where they come from no COCO file.
Ids = Sequence[tuple[int | None, int | None]]


class FileProblem(Protocol):
    """Something that is wrong with a file, so that there is nothing to measure."""

    @property
    def file(self) -> str:
        """Name of the file."""

    @property
    def reason(self) -> str:
        """Which kind of problem; problems are counted by it."""

    @property
    def detail(self) -> str:
        """More to say, or an empty text."""


def audit_annotations(
    points: np.ndarray,
    visible: np.ndarray,
    boxes: np.ndarray,
    sizes: np.ndarray,
    schema: KeypointSchema,
    names: Sequence[str],
    problems: Iterable[FileProblem] = (),
    ids: Ids | None = None,
) -> AnnotationAudit:
    """Look for defects of labelled instances.

    ``audit_result.DEFINITIONS`` says what a finding means. The counts contain one another: a box
    apart from its points also covers less than half of their extent and holds fewer than 90 % of
    them, and a negative point is also outside the image.

    Args:
        points: (N, K, 2) pixels; what is not a number is found as such, labelled or not.
        visible: (N, K), labelled where above zero.
        boxes: (N, 4) x1, y1, x2, y2 in pixels; NaN where malformed.
        sizes: (N, 2) width and height of the pictures; below 1 where unknown.
        schema: The schema of the points.
        names: The N instances, for the findings.
        problems: Problems of files, found before; they are counted by their reason.
        ids: Annotation id and image id of the N instances, where they come from a COCO file.

    Raises:
        LandmarkError: Arrays that do not fit each other or the schema.
    """
    points, boxes, sizes = (np.asarray(a, dtype=np.float64) for a in (points, boxes, sizes))
    visible, names, problems = np.asarray(visible) > 0, list(names), list(problems)
    known: Ids = [(None, None)] * len(names) if ids is None else ids
    _check_shapes(points, visible, boxes, sizes, schema, names)
    labelled = visible & np.isfinite(points).all(axis=2)
    sides = side_checks(points, labelled, schema)
    none = ~labelled.any(axis=1)
    checks = [
        *box_checks(points, labelled, boxes, sizes),
        *point_checks(points, visible, sizes),
        *sides.checks,
        duplicates(points, labelled, names),
        Check('unlabelled', none, np.full(len(none), np.nan)),
    ]
    checks.sort(key=lambda check: list(DEFINITIONS).index(check.finding))
    counts = {
        check.finding: int((check.hit if check.points is None else check.points).sum())
        for check in checks
    }
    counts.update(Counter(problem.reason for problem in problems))
    findings = [_of_file(problem) for problem in problems]
    for check in checks:
        findings += _findings(check, names, known, schema)
    notes = [*sides.notes, *_unknown_sizes(sizes)]
    return AnnotationAudit(
        schema.name, len(names), int(labelled.sum()), counts, findings, tuple(notes)
    )


def _of_file(problem: FileProblem) -> Finding:
    found = Finding(problem.file, problem.reason, detail=problem.detail)
    if not isinstance(problem, EntryProblem):
        return found
    return replace(found, annotation_id=problem.annotation_id, image_id=problem.image_id)


def _findings(
    check: Check, names: list[str], ids: Ids, schema: KeypointSchema
) -> Iterable[Finding]:
    rows = np.flatnonzero(check.hit)
    value = check.value[rows] if check.low_is_worse else -check.value[rows]
    for row in rows[np.argsort(value, kind='stable')].tolist():
        at_fault = () if check.points is None else np.flatnonzero(check.points[row])
        measured = float(check.value[row])
        yield Finding(
            names[row],
            check.finding,
            round(measured, 4) if np.isfinite(measured) else None,
            tuple(schema.keypoints[index] for index in at_fault),
            check.details.get(row, ''),
            *ids[row],
        )


def _unknown_sizes(sizes: np.ndarray) -> list[str]:
    unknown = int((~(sizes >= 1).all(axis=1)).sum())
    if not unknown:
        return []
    return [
        f'{unknown} of {len(sizes)} instances without a picture size: right and lower border not '
        'checked'
    ]


def _check_shapes(
    points: np.ndarray,
    visible: np.ndarray,
    boxes: np.ndarray,
    sizes: np.ndarray,
    schema: KeypointSchema,
    names: list[str],
) -> None:
    count = len(names)
    expected = {
        'points': (points, (count, schema.num_keypoints, 2)),
        'visible': (visible, (count, schema.num_keypoints)),
        'boxes': (boxes, (count, 4)),
        'sizes': (sizes, (count, 2)),
    }
    for what, (array, shape) in expected.items():
        if array.shape != shape:
            raise LandmarkError(
                f'{what} are {array.shape} for {count} names in schema {schema.name!r}; '
                f'expected {shape}'
            )
