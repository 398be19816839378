"""What became of the regions of the faces of a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mmlandmark.apis.regions import RegionCrop
from mmlandmark.evaluation.functional.result import json_ready
from mmlandmark.evaluation.functional.table import render_table

_SHOWN = 20


@dataclass
class RegionReport:
    """What became of every region of every face.

    Attributes:
        crops: Region -> pictures written.
        empty: Region -> reason -> faces that lack it.
        rows: One per face and region: its names, box and figures.
        problems: Pictures that could not be used, in words; their faces are in no other count.
        left_out: Why annotations were left out -> how many.
    """

    crops: Counter[str] = field(default_factory=Counter)
    empty: dict[str, Counter[str]] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)

    def add(self, face: Mapping[str, Any], name: str, region: RegionCrop) -> None:
        """Count one region of one face."""
        reasons = self.empty.setdefault(name, Counter())
        if region.crop is None:
            reasons[region.reason] += 1
        else:
            self.crops[name] += 1
        box = [None] * 4 if region.box is None else region.box.round(3).tolist()
        corners = dict(zip(('x1', 'y1', 'x2', 'y2'), box, strict=True))
        row = {**face, 'region': name, 'reason': region.reason, **corners}
        self.rows.append({**row, **json_ready(region.statistics)})

    def __str__(self) -> str:
        lines = [
            render_table(
                [
                    {
                        'region': name,
                        'crops': self.crops[name],
                        'none': sum(reasons.values()),
                        'why': ', '.join(f'{n} {r}' for r, n in reasons.items()) or '-',
                    }
                    for name, reasons in self.empty.items()
                ]
            )
        ]
        left_out = ', '.join(f'{n} {reason}' for reason, n in self.left_out.items() if n)
        lines += [f'annotations left out: {left_out}'] if left_out else []
        if self.problems:
            lines.append(f'{len(self.problems)} pictures left out:')
            lines += [f'  {line}' for line in self.problems[:_SHOWN]]
            more = len(self.problems) - _SHOWN
            lines += [f'  and {more} more'] if more > 0 else []
        return '\n'.join(lines)
