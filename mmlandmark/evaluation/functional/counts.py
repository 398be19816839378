"""In words and as a table: what figures were divided by, and what they count."""

from __future__ import annotations

from collections.abc import Mapping

from mmlandmark.evaluation.functional.result import MetricResult
from mmlandmark.evaluation.functional.table import render_table


def render_counts(results: Mapping[str, MetricResult], *, heading: str = 'metric') -> str:
    """Figures with normaliser and counts, a line for every exclusion, and the source of the boxes.

    Args:
        results: Key -> result.
        heading: Of the column of keys.
    """
    rows = [
        {
            heading: key,
            'figure': result.value,
            'unit': result.unit,
            'normaliser': result.normalizer,
            'instances': result.num_instances,
            'points': result.num_points,
            'excluded': result.num_excluded,
        }
        for key, result in results.items()
    ]
    notes = [
        f'{key}: {count} instances excluded, {reason}'
        for key, result in results.items()
        for reason, count in result.excluded.items()
    ]
    boxes = dict.fromkeys(box_source_words(result.box_source) for result in results.values())
    return '\n'.join([render_table(rows), *notes, *filter(None, boxes)])


def box_source_words(box_source: Mapping[str, int]) -> str:
    """``boxes: 337 annotation, 143 landmarks``; empty if the data set does not say."""
    listed = ', '.join(f'{count} {source}' for source, count in box_source.items())
    return f'boxes: {listed}' if listed else ''
