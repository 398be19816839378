"""The files of a merge report: ``report.json``, ``union.json``, ``report.html``, ``keypoints/``."""

from __future__ import annotations

import json
import os
from pathlib import Path

from mmlandmark.annotations.output_folder import check_output_folder, make_folder
from mmlandmark.annotations.writer import write_bytes
from mmlandmark.apis.merge_pairs import JointPair
from mmlandmark.apis.merge_result import MergeReport
from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional import render_table
from mmlandmark.evaluation.functional.merge_verdict import MERGE, OFFSET, VERDICTS, Verdict
from mmlandmark.visualization.bias_figure import BiasPicture
from mmlandmark.visualization.merge_page import write_merge_page, write_pictures

AXES = {
    'body': ('to its left', 'from shoulders to hips'),
    'lateral': ('to its left', 'down'),
    'image': ('right in the picture', 'down'),
}
FILES = ('report.json', 'union.json', 'report.txt', 'report.html')


def report_text(report: MergeReport) -> str:
    """Return table, notes and reasons for a terminal."""
    reasons = [
        f'{pair.label}: {verdict.name}: {"; ".join(verdict.reasons)}'
        for pair, verdict in zip(report.pairs, report.verdicts, strict=True)
    ]
    table = render_table(report.rows(), digits=3)
    return '\n'.join([table, '', *report.notes(), '', *reasons, '', *summary(report)])


def summary(report: MergeReport) -> list[str]:
    """Return one line for each verdict, and what the recommended union merges."""
    lines = []
    for name in VERDICTS:
        labels = [
            pair.label
            for pair, verdict in zip(report.pairs, report.verdicts, strict=True)
            if verdict.name == name
        ]
        if labels:
            lines.append(f'{name} ({len(labels)}): {", ".join(labels)}')
    merged = report.recipe['merges']
    apart: dict[str, list[str]] = {}
    for pair, verdict in zip(report.pairs, report.verdicts, strict=True):
        point = None if pair.source is None else f'{report.source}.{pair.source}'
        if verdict.name in (MERGE, OFFSET) and point not in merged.get(pair.target, ()):
            apart.setdefault(_why_apart(pair, verdict, report), []).append(pair.label)
    lines += [f'{reason}: {", ".join(labels)}' for reason, labels in apart.items()]
    lines.append(f'the recommended union merges {len(merged)} keypoints')
    return lines


def _why_apart(pair: JointPair, verdict: Verdict, report: MergeReport) -> str:
    """Why the union does not merge points that may be merged."""
    if pair.source is None:
        return 'the mean of several points, so on no channel'
    if not (verdict.within or report.settings['corrected']):
        return 'outside the tolerance as they are, so merged only with --corrected'
    return 'without a mirror image that is merged, or merged with another point, so kept apart'


def check_folder(folder: str | os.PathLike, overwrite: bool) -> Path:
    """Return the folder of the output before any work is spent on it.

    Raises:
        LandmarkError: As ``check_output_folder``.
    """
    return check_output_folder(folder, FILES, overwrite=overwrite)


def write_merge_report(
    folder: str | os.PathLike, report: MergeReport, overwrite: bool = False
) -> Path:
    """Write all files of a report, each whole or not at all.

    Raises:
        LandmarkError: As ``check_folder``, or the disk refuses.
    """
    folder = check_folder(folder, overwrite)
    pictures = [
        BiasPicture(
            title=pair.label,
            verdict=verdict.name,
            differences=joint.differences,
            bias=joint.bias.vector,
            interval=joint.bias.interval,
            tolerance=report.limits.tolerance,
            unit=report.normalizer,
            axes=AXES[report.agreement.frame],
        )
        for joint, pair, verdict in report.entries()
    ]
    recipe = _json(report.recipe)
    _empty_folder(folder / 'keypoints')
    write_bytes(folder / 'report.json', _json(report.to_json()).encode())
    write_bytes(folder / 'union.json', recipe.encode())
    write_bytes(folder / 'report.txt', (report_text(report) + '\n').encode())
    write_pictures(folder / 'keypoints', pictures)
    write_merge_page(
        folder / 'report.html',
        title=f'May {report.source} and {report.target} share channels?',
        summary=summary(report),
        rows=report.rows(),
        notes=[f'pairs: {report.pairs_name}', *report.notes()],
        pictures=pictures,
        recipe=recipe,
    )
    return folder


def _empty_folder(folder: Path) -> None:
    """Make the folder of the pictures; those of an earlier report do not stay."""
    make_folder(folder)
    try:
        for old in folder.glob('*.svg'):
            old.unlink()
    except OSError as error:
        raise LandmarkError(f'{folder}: cannot be emptied: {error.strerror or error}') from None


def _json(content: object) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + '\n'
