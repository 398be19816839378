"""A comparison of runs as one HTML page; nothing is loaded from elsewhere."""

from __future__ import annotations

from html import escape

from mmlandmark.evaluation.functional.run_comparison import (
    ComparedFigure,
    RunComparison,
    format_delta,
)
from mmlandmark.evaluation.functional.table import format_value
from mmlandmark.visualization.report_style import MUTED, RULE, STYLE

#: The words are there too, so nothing depends on telling the colours apart.
_STYLE = f"""
main {{ max-width: 1400px; }}
tbody + tbody tr:first-child th {{ border-top: 2px solid {RULE}; }}
tr.dataset th {{ font-size: 14px; padding-top: 16px; color: inherit; }}
td:first-child {{ padding-left: 22px; }}
th.run {{ border-left: 1px solid {RULE}; }}
td.run {{ border-left: 1px solid {RULE}; }}
td.delta {{ white-space: nowrap; }}
td.better {{ color: #005a43; font-weight: 700; }}
td.worse {{ color: #a03c00; }}
td.none, td.same, td.unknown, .direction {{ color: {MUTED}; }}
"""
_ARROWS = {True: '&#8593; higher', False: '&#8595; lower', None: '? not known'}
_CLASSES = {None: 'none', '?': 'unknown'}


def runs_page(comparison: RunComparison) -> str:
    """Return a page with one table: data sets and metrics down, runs across.

    Args:
        comparison: What `compare_runs` returns.
    """
    title = f'Runs compared with {comparison.base}'
    datasets = dict.fromkeys(figure.dataset for figure in comparison.figures)
    bodies = ''.join(_body(comparison, dataset) for dataset in datasets)
    notes = ''.join(f'<li>{escape(note)}</li>' for note in comparison.notes)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><style>{STYLE}{_STYLE}</style></head>'
        f'<body><main><h1>{escape(title)}</h1><div class="card"><table>{_head(comparison)}'
        f'{bodies}</table><ul class="notes">{notes}</ul></div></main></body></html>\n'
    )


def _head(comparison: RunComparison) -> str:
    cells = ['<th>metric</th>', '<th>better</th>']
    for name in comparison.runs:
        cells.append(f'<th class="number run">{escape(name)}</th>')
        if name != comparison.base:
            cells.append(f'<th class="number">&minus; {escape(comparison.base)}</th>')
    return f'<thead><tr>{"".join(cells)}</tr></thead>'


def _body(comparison: RunComparison, dataset: str) -> str:
    figures = [figure for figure in comparison.figures if figure.dataset == dataset]
    width = 1 + 2 * len(comparison.runs)
    heading = escape(dataset) if dataset else 'no data set named'
    rows = ''.join(_row(comparison, figure) for figure in figures)
    return (
        f'<tbody><tr class="dataset"><th colspan="{width}" scope="rowgroup">{heading}</th></tr>'
        f'{rows}</tbody>'
    )


def _row(comparison: RunComparison, figure: ComparedFigure) -> str:
    direction = _ARROWS[figure.higher_is_better]
    cells = [f'<td>{escape(figure.metric)}</td>', f'<td class="direction">{direction}</td>']
    columns = zip(comparison.runs, figure.values, figure.deltas, figure.verdicts, strict=True)
    for name, value, delta, verdict in columns:
        cells.append(f'<td class="number run">{escape(format_value(value))}</td>')
        if name != comparison.base:
            kind = _CLASSES.get(verdict, verdict)
            text = escape(f'{format_delta(delta)} {verdict or ""}'.strip())
            cells.append(f'<td class="number delta {kind}">{text}</td>')
    return f'<tr>{"".join(cells)}</tr>'
