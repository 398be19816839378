"""What an audit found: numbers, names, tables."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

DEFINITIONS = {
    'box_malformed': 'no box, or one that is not four finite numbers',
    'box_without_area': 'a side of the box is zero or negative',
    'box_no_overlap': "box that does not overlap its own points' extent (their tight box)",
    'box_covers_under_half': "box that covers less than half of its points' extent",
    'box_holds_under_90': 'box that holds fewer than 90 % of its labelled points',
    'box_past_image': 'box that runs past the image by more than a pixel',
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


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with one instance or file.

    Attributes:
        name: The instance or the file.
        finding: Key of ``DEFINITIONS``, or the reason of a file's problem.
        value: What was measured: a share, pixels or a number of points; None where nothing was.
        keypoints: Names of the points at fault.
        detail: More to say, or an empty text.
        annotation_id: Id of the annotation in its COCO file; None where it is about none.
        image_id: Id of the image there.
    """

    name: str
    finding: str
    value: float | None = None
    keypoints: tuple[str, ...] = ()
    detail: str = ''
    annotation_id: int | None = None
    image_id: int | None = None


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


def _unit(finding: str) -> str:
    if finding in OF_POINTS:
        return 'points'
    return 'instances' if finding in DEFINITIONS else 'files'
