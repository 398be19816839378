"""Models beside baselines: one table, and plain words where the model loses."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mmlandmark.evaluation.functional.direction import higher_is_better
from mmlandmark.evaluation.functional.result import MetricResult, json_ready
from mmlandmark.evaluation.functional.table import format_value, render_table

MODEL = 'model'
COMMON = 'common'
#: Figures as close as this, relatively, are the same: predictions are float32.
ROUNDING = 1e-6


@dataclass
class MethodFigures:
    """What one method got.

    Attributes:
        figures: Everything that its metrics returned, key -> figure.
        results: Key -> result with counts, for the metrics of this package.
        common: Key -> result on the points that all compared methods give.
        common_figures: Key -> the value of those, known on every process.
    """

    figures: dict[str, float] = field(default_factory=dict)
    results: dict[str, MetricResult] = field(default_factory=dict)
    common: dict[str, MetricResult] = field(default_factory=dict)
    common_figures: dict[str, float] = field(default_factory=dict)


def compare(methods: Mapping[str, MethodFigures]) -> dict[str, Any]:
    """Put the methods beside each other.

    Args:
        methods: Name -> figures; ``model`` is the learned one.

    Returns:
        Strict JSON values: ``methods`` (names in order), ``metrics`` (key -> unit, normalizer,
        higher_is_better, and for each method value, num_instances, num_points, num_excluded,
        excluded, coverage), ``losses`` (where the model is worse than a baseline).
    """
    metrics = {key: _entry(key, methods) for key in _headline_keys(methods)}
    return json_ready(
        {'methods': list(methods), 'metrics': metrics, 'losses': _losses(metrics, list(methods))}
    )


def render_comparison(comparison: Mapping[str, Any], style: str = 'text') -> str:
    """The table of a comparison, then a line for every exclusion and every defeat of the model.

    Rows are methods and columns metrics; the counts stand in the last columns, as a range where
    the metrics differ in them. CSV holds the table alone.
    """
    metrics = comparison['metrics']
    rows = []
    for method in comparison['methods']:
        row: dict[str, Any] = {'method': method}
        for key, entry in metrics.items():
            row[_header(key, entry)] = entry['methods'].get(method, {}).get('value')
        for count in ('instances', 'points', 'excluded'):
            row[count] = _range(metrics, method, f'num_{count}')
        row['coverage'] = _range(metrics, method, 'coverage')
        rows.append(row)
    table = render_table(rows, style=style)
    notes = [*_common_points(metrics), *_exclusions(comparison)]
    notes += map(loss_line, comparison['losses'])
    if style == 'csv' or not notes:
        return table
    if style == 'markdown':
        return table + '\n\n' + '\n'.join(f'- {note}' for note in notes)
    return '\n'.join([table, *notes])


def loss_line(loss: Mapping[str, Any]) -> str:
    """Say in words where the model is worse, with as many digits as show it."""
    sign = '<' if loss['higher_is_better'] else '>'
    for digits in (4, 6, 8):
        model, other = (format_value(loss[side], digits) for side in ('model', 'value'))
        if model != other:
            break
    return f'model is worse than {loss["baseline"]} on {loss["metric"]}: {model} {sign} {other}'


def _headline_keys(methods: Mapping[str, MethodFigures]) -> list[str]:
    """Keys worth a column: of this package's metrics the figures proper, of others' all."""
    keys: dict[str, None] = {}
    for method in methods.values():
        for key in method.figures:
            own = [k for k in method.results if key == k or key.startswith(f'{k}/')]
            if not own or key in method.results:
                keys[key] = None
            if key in method.common:
                keys[f'{key}/{COMMON}'] = None
    return list(keys)


def _entry(key: str, methods: Mapping[str, MethodFigures]) -> dict[str, Any]:
    base = key.removesuffix(f'/{COMMON}')
    entry: dict[str, Any] = {'unit': None, 'normalizer': None, 'common_points': base != key}
    entry['higher_is_better'] = higher_is_better(key)
    entry['methods'] = {}
    for name, method in methods.items():
        result = (method.common if base != key else method.results).get(base)
        if result is None:
            if key in method.figures:
                entry['methods'][name] = {'value': method.figures[key]}
            continue
        entry['unit'], entry['normalizer'] = result.unit, result.normalizer
        counts = ('value', 'num_instances', 'num_points', 'num_excluded', 'excluded', 'coverage')
        entry['methods'][name] = {count: getattr(result, count) for count in counts}
    return entry


def _worse(model: float, value: float, higher_is_better: bool) -> bool:
    if math.isclose(model, value, rel_tol=ROUNDING):
        return False
    return value > model if higher_is_better else value < model


def _losses(metrics: Mapping[str, Any], methods: list[str]) -> list[dict[str, Any]]:
    losses = []
    for key, entry in metrics.items():
        better = entry['higher_is_better']
        # figures over different points say nothing about who is better
        if better is None or f'{key}/{COMMON}' in metrics or MODEL not in entry['methods']:
            continue
        model = entry['methods'][MODEL]['value']
        for name in methods:
            value = entry['methods'].get(name, {}).get('value', math.nan)
            if _worse(model, value, better) or _only_model_fails(model, value):
                losses.append(
                    {
                        'metric': key,
                        'baseline': name,
                        'model': model,
                        'value': value,
                        'higher_is_better': better,
                    }
                )
    return losses


def _only_model_fails(model: float, value: float) -> bool:
    return math.isnan(model) and not math.isnan(value)


def _header(key: str, entry: Mapping[str, Any]) -> str:
    return f'{key} ({entry["unit"]})' if entry['unit'] else key


def _range(metrics: Mapping[str, Any], method: str, count: str) -> str | None:
    entries = [e['methods'].get(method, {}) for e in metrics.values() if not e['common_points']]
    found = [entry.get(count) for entry in entries]
    values = sorted({format_value(v, 3) for v in found if v is not None}, key=float)
    return '..'.join(dict.fromkeys((values[0], values[-1]))) if values else None


def _common_points(metrics: Mapping[str, Any]) -> list[str]:
    return [
        f'{key}: over the {entry["methods"][name]["num_points"]} points that all methods give'
        for key, entry in metrics.items()
        if entry['common_points']
        for name in list(entry['methods'])[:1]
    ]


def _exclusions(comparison: Mapping[str, Any]) -> list[str]:
    lines: dict[str, None] = {}
    for key, entry in comparison['metrics'].items():
        for method in comparison['methods']:
            for reason, count in (entry['methods'].get(method, {}).get('excluded') or {}).items():
                lines[f'{method}, {key}: {count} instances excluded, {reason}'] = None
    return list(lines)
