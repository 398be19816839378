"""What a search for landmarks found, not found and could not read, per split and class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from mmlandmark.annotations.extraction_tasks import REPORT, ExtractionTask
from mmlandmark.annotations.release_problems import Problem
from mmlandmark.evaluation.functional.table import render_table

FOUND, NOT_FOUND, UNREADABLE = 'found', 'not found', 'unreadable'
_SHOWN = 20


@dataclass
class Extraction:
    """What was found in the pictures.

    Attributes:
        settings: Detector, confidence and border that the landmark files are made with.
        tasks: The pictures.
        outcomes: Name of a picture -> ``found``, ``not found`` or ``unreadable``.
        reasons: Name of an unreadable picture -> why.
        problems: What is wrong with the folder of pictures.
        kept: How many outcomes stood before this run.
    """

    settings: dict[str, str | float]
    tasks: Sequence[ExtractionTask]
    problems: Sequence[Problem] = ()
    outcomes: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    kept: int = 0

    def rows(self) -> list[dict[str, str | int]]:
        """Return one row per split and class, and one for all: pictures by outcome."""
        counts: dict[tuple[str, str], Counter] = {}
        for task in self.tasks:
            if task.name in self.outcomes:
                outcome = self.outcomes[task.name]
                counts.setdefault((task.split, task.group), Counter())[outcome] += 1
        rows = [_row(split, group, counts[split, group]) for split, group in counts]
        return [*rows, _row('all', '', sum(counts.values(), Counter()))]

    def text(self) -> str:
        """Return all of it for a terminal."""
        rows = [
            {name: None if value == '' else value for name, value in row.items()}
            for row in self.rows()
        ]
        lines = [render_table(rows)]
        if self.kept:
            lines.append(f'{self.kept} of them were done before this run and are kept')
        told = [f'{name}: unreadable: {why}' for name, why in self.reasons.items()]
        told += [str(problem) for problem in self.problems]
        lines += told[:_SHOWN]
        if len(told) > _SHOWN:
            lines.append(f'and {len(told) - _SHOWN} more, all in {REPORT}')
        return '\n'.join(lines)

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain dicts and lists."""
        return {
            'settings': self.settings,
            'rows': self.rows(),
            'not_found': [name for name, how in self.outcomes.items() if how == NOT_FOUND],
            'unreadable': self.reasons,
            'problems': [asdict(problem) for problem in self.problems],
        }


def _row(split: str, group: str, counts: Counter) -> dict[str, str | int]:
    outcomes = {outcome: counts[outcome] for outcome in (FOUND, NOT_FOUND, UNREADABLE)}
    return {'split': split, 'class': group, 'pictures': counts.total(), **outcomes}
