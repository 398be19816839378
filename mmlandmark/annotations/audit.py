"""What is wrong in a set of labelled instances: counted, named, the worst first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np

from mmlandmark.annotations.audit_checks import Check, box_checks, duplicates, point_checks
from mmlandmark.annotations.audit_sides import side_checks
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import KeypointSchema

DEFINITIONS = {
    'box_malformed': 'no box, or one that is not four finite numbers',
    'box_without_area': 'a side of the box is zero or negative',
    'box_no_overlap': 'box apart from its own points: no pixel of their extent is in it',
    'box_covers_under_half': "box covers less than half of its points' extent (their tight box)",
    'box_holds_under_90': 'fewer than 90 % of the labelled points are in the box',
    'box_past_image': 'box past the image by more than a pixel',
    'nan_points': 'point with a coordinate that is not a finite number',
    'points_at_origin': 'point that is labelled at exactly (0, 0)',
    'negative_points': 'labelled point with a negative coordinate',
    'outside_points': 'labelled point outside the image, on any side',
    'mirrored': 'left and right the other way round in the image than in the rest of the file',
    'reflected': 'mirror image of the other faces, however it is turned',
    'duplicate': 'the same points as an earlier entry',
    'unlabelled': 'no labelled point',
}
"""Finding -> what it means, worst kind first; problems of files come before all of them."""

OF_POINTS = ('nan_points', 'points_at_origin', 'negative_points', 'outside_points')
"""Findings that count points; the others count instances."""

SHOWN = 3
"""How many details of a kind of finding are printed."""


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


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with one instance or file.

    Attributes:
        name: The instance or the file.
        finding: Key of ``DEFINITIONS``, or the reason of a file's problem.
        value: What was measured: a share, pixels or a number of points; None where nothing was.
        keypoints: Names of the points at fault.
        detail: More to say, or an empty text.
    """

    name: str
    finding: str
    value: float | None = None
    keypoints: tuple[str, ...] = ()
    detail: str = ''


@dataclass(frozen=True)
class AnnotationAudit:
    """What `audit_annotations` found.

    Attributes:
        schema: Name of the schema.
        instances: How many were looked at.
        labelled_points: How many of their points are labelled.
        counts: Finding -> how many; points for those of ``OF_POINTS``, else instances or files.
            The keys of ``DEFINITIONS``, without those that could not be judged, then the
            reasons of problems.
        findings: All of them, worst first: by kind in the order of ``DEFINITIONS``, problems of
            files in front, and within a kind by value.
        notes: What could not be judged, and why.
    """

    schema: str
    instances: int
    labelled_points: int
    counts: dict[str, int]
    findings: list[Finding]
    notes: tuple[str, ...] = ()

    def named(self, finding: str) -> list[Finding]:
        """Return the findings of one kind, worst first."""
        return [found for found in self.findings if found.finding == finding]

    def worst(self, count: int) -> list[str]:
        """Return the names of the worst instances, at most ``count``, each once.

        The kinds take turns, so that each that was found is shown before any is shown twice.
        """
        kinds: dict[str, list[str]] = {}
        for found in self.findings:
            if found.finding in DEFINITIONS:
                kinds.setdefault(found.finding, []).append(found.name)
        longest = max(map(len, kinds.values()), default=0)
        turns = (
            names[turn] for turn in range(longest) for names in kinds.values() if turn < len(names)
        )
        return list(dict.fromkeys(turns))[:count]

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain dicts, lists, texts and finite numbers."""
        return {
            'schema': self.schema,
            'instances': self.instances,
            'labelled_points': self.labelled_points,
            'counts': self.counts,
            'definitions': DEFINITIONS,
            'notes': list(self.notes),
            'findings': [asdict(found) for found in self.findings],
        }

    def table(self, style: str = 'text') -> str:
        """Return one line per finding: its number, the instances, and the worst of them.

        A finding that could not be judged has no number.

        Args:
            style: ``text``, ``markdown`` or ``csv``.

        Raises:
            LandmarkError: Unknown style.
        """
        from mmlandmark.evaluation.functional.table import render_table

        rows = []
        for key in dict.fromkeys([*DEFINITIONS, *self.counts]):
            found = self.named(key)
            rows.append(
                {
                    'finding': key,
                    'count': self.counts.get(key),
                    'of': _unit(key),
                    'in': len({entry.name for entry in found}),
                    'worst': found[0].name if found else None,
                    'value': found[0].value if found else None,
                }
            )
        return render_table(rows, style=style, digits=3)

    def text(self) -> str:
        """Return the table for a terminal, with the meaning of what was found and the notes."""
        found = dict.fromkeys(entry.finding for entry in self.findings)
        meanings = [f'{key}: {DEFINITIONS[key]}' for key in found if key in DEFINITIONS]
        details = []
        for key in found:
            told = [entry for entry in self.named(key) if entry.detail]
            details += [f'{entry.name}: {key}: {entry.detail}' for entry in told[:SHOWN]]
            if len(told) > SHOWN:
                details.append(f'{key}: {len(told) - SHOWN} more')
        head = (
            f'{self.instances} instances of {self.schema}, {self.labelled_points} labelled points'
        )
        parts = [[head], [self.table()], meanings, details, self.notes]
        return '\n\n'.join('\n'.join(part) for part in parts if part)


def audit_annotations(
    points: np.ndarray,
    visible: np.ndarray,
    boxes: np.ndarray,
    sizes: np.ndarray,
    schema: KeypointSchema,
    names: Sequence[str],
    problems: Iterable[FileProblem] = (),
) -> AnnotationAudit:
    """Look for defects of labelled instances.

    What each finding means stands in ``DEFINITIONS``. The counts contain one another: a box apart
    from its points also covers less than half of their extent and holds fewer than 90 % of them,
    and a negative point is also outside the image.

    Args:
        points: (N, K, 2) pixels; what is not a number is found as such, labelled or not.
        visible: (N, K), labelled where above zero.
        boxes: (N, 4) x1, y1, x2, y2 in pixels; NaN where malformed.
        sizes: (N, 2) width and height of the pictures; below 1 where unknown.
        schema: The schema of the points.
        names: The N instances, for the findings.
        problems: Problems of files, found before; they are counted by their reason.

    Raises:
        LandmarkError: Arrays that do not fit each other or the schema.
    """
    points, boxes, sizes = (np.asarray(a, dtype=np.float64) for a in (points, boxes, sizes))
    visible, names, problems = np.asarray(visible) > 0, list(names), list(problems)
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
    findings = [Finding(p.file, p.reason, detail=p.detail) for p in problems]
    for check in checks:
        findings += _findings(check, names, schema)
    notes = [*sides.notes, *_unknown_sizes(sizes)]
    return AnnotationAudit(
        schema.name, len(names), int(labelled.sum()), counts, findings, tuple(notes)
    )


def _unit(finding: str) -> str:
    if finding in OF_POINTS:
        return 'points'
    return 'instances' if finding in DEFINITIONS else 'files'


def _findings(check: Check, names: list[str], schema: KeypointSchema) -> Iterable[Finding]:
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
