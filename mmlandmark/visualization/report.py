"""A one-page HTML report: one file, nothing loaded from elsewhere."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from mmlandmark.annotations.writer import write_bytes
from mmlandmark.visualization.keypoint_figure import KeypointErrors
from mmlandmark.visualization.report_blocks import (
    Case,
    ResultTable,
    case_blocks,
    facts_block,
    keypoint_blocks,
    number_switch,
    table_block,
)
from mmlandmark.visualization.report_style import STYLE

__all__ = ['Case', 'ResultTable', 'Section', 'write_page', 'write_report']


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it.

    Args:
        heading: Of the section.
        blocks: HTML, as the functions of `report_blocks` return it; without any the section is
            left out.
    """

    heading: str
    blocks: Sequence[str]


def write_page(
    path: str | os.PathLike, title: str, verdict: str, sections: Sequence[Section]
) -> None:
    """Write a page; an old one is replaced, whole or not at all.

    Args:
        path: The HTML file.
        title: Heading of the page.
        verdict: What came out, in words.
        sections: In their order.

    Raises:
        LandmarkError: The disk refuses.
    """
    parts = [f'<h1>{escape(title)}</h1>', f'<p class="verdict">{escape(verdict)}</p>']
    for section in sections:
        if section.blocks:
            parts += [f'<h2>{escape(section.heading)}</h2>', *section.blocks]
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><style>{STYLE}</style></head>'
        f'<body><main>{"".join(parts)}</main></body></html>\n'
    )
    write_bytes(path, page.encode())


def write_report(
    path: str | os.PathLike,
    *,
    title: str,
    verdict: str,
    table: ResultTable,
    keypoints: KeypointErrors | None = None,
    cases: Sequence[Case] = (),
    facts: Mapping[str, Mapping[str, str] | str] | None = None,
) -> None:
    """Write the report of a comparison; an old one is replaced, whole or not at all.

    Args:
        path: The HTML file.
        title: Heading of the page.
        verdict: What came out, in words.
        table: The results.
        keypoints: Errors of every keypoint, drawn on the schema and listed.
        cases: Pictures, in the order in which they are to stand.
        facts: Heading -> name and value pairs, or a text that is shown as it is, such as
            commands.

    Raises:
        LandmarkError: A picture cannot be encoded, or the disk refuses.
    """
    sections = [Section('Results', [table_block(table)])]
    if keypoints is not None:
        note = (
            f'Mean {keypoints.unit}; larger and darker is worse. The points lie at their median '
            f'places in the test part ({keypoints.schema.name}).'
        )
        blocks = [number_switch(), keypoint_blocks(keypoints, note)]
        sections.append(Section('Error of each keypoint', blocks))
    if cases:
        sections.append(Section('Cases', [case_blocks(cases)]))
    sections += [Section(heading, [facts_block(c)]) for heading, c in (facts or {}).items()]
    write_page(path, title, verdict, sections)
