"""What the demo shows: the table, errors of keypoints, cases, and the report around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from mmlandmark.annotations.reader import CocoKeypoints, read_coco_keypoints
from mmlandmark.apis.convert import ConversionReport, Converter
from mmlandmark.apis.demo_pairs import PairTask
from mmlandmark.apis.demo_training import Trained
from mmlandmark.apis.report_points import median_shape
from mmlandmark.apis.versions import versions
from mmlandmark.evaluation.evaluators.comparison import COMMON, MODEL, loss_line
from mmlandmark.evaluation.functional import nme, normalizer_values
from mmlandmark.evaluation.functional.result import MetricResult
from mmlandmark.evaluation.functional.table import format_value
from mmlandmark.visualization.keypoint_figure import KeypointErrors
from mmlandmark.visualization.panels import Panel, draw_panels
from mmlandmark.visualization.pictures import PictureFolders
from mmlandmark.visualization.ranking import instance_errors, worst_median_best
from mmlandmark.visualization.report import Case, ResultTable, write_report

NORM = 'bbox'
NME, PCKS = f'NME/{NORM}', (f'PCK/{NORM}@0.02', f'PCK/{NORM}@0.05')


@dataclass(frozen=True)
class Method:
    """One way of converting, and what came of it.

    Args:
        key: Its name in the evaluator's comparison.
        label: Its name for readers.
        converter: What converts.
        training_seconds: None where nothing is trained.
        converting_seconds: For the file of the test part.
        report: What became of the annotations.
        out_file: The converted file.
    """

    key: str
    label: str
    converter: Converter
    training_seconds: float | None
    converting_seconds: float
    report: ConversionReport
    out_file: Path

    @cached_property
    def converted(self) -> CocoKeypoints:
        """The converted file, read back."""
        return read_coco_keypoints(self.out_file, self.converter.target_schema)


@dataclass(frozen=True)
class DemoCase:
    """An instance of the test part to be looked at.

    Args:
        kind: ``worst``, ``median`` or ``best`` by the learned converter's error.
        name: Of the picture's file.
        row: Position in the test part.
        error: Mean distance as a share of the box.
    """

    kind: str
    name: str
    row: int
    error: float


def measure(method: Method, task: PairTask) -> MetricResult:
    """Measure a converted file against the truth of the test part."""
    test, converted = task.test, method.converted
    length = normalizer_values(
        NORM, task.target, test.target_points, test.target_visible, test.target_boxes
    )
    return nme(
        converted.points,
        test.target_points,
        test.target_visible,
        length,
        normalizer_name=NORM,
        given=converted.visible,
        schema=task.target,
        ids=test.ids,
        scale=100.0,
    )


def comparison_table(comparison: Mapping[str, Any], methods: Sequence[Method]) -> ResultTable:
    """Return one row for each method: figures of the test, counts and seconds."""
    metrics = comparison['metrics']
    common = metrics.get(f'{NME}/{COMMON}')
    rows = []
    for method in methods:
        figures = metrics[NME]['methods'][method.key]
        row = {'method': method.label, f'{NME} (x100)': figures['value']}
        if common is not None:
            row['on common points'] = common['methods'][method.key]['value']
        row |= {pck: metrics[pck]['methods'][method.key]['value'] for pck in PCKS}
        row['coverage'] = figures['coverage']
        row['instances'], row['excluded'] = figures['num_instances'], figures['num_excluded']
        row['training (s)'] = _seconds(method.training_seconds)
        row['converting (s)'] = _seconds(method.converting_seconds)
        rows.append(row)
    comparable = 'on common points' if common else f'{NME} (x100)'
    best = {comparable: 'min'} | dict.fromkeys(PCKS, 'max')
    return ResultTable(rows, best, _notes(comparison, methods, common))


def chosen_cases(learned: Method, task: PairTask, each: int) -> list[DemoCase]:
    """Choose the worst, median and best instances of the learned converter."""
    test, converted = task.test, learned.converted
    counted = (test.target_visible > 0) & (converted.visible > 0)
    errors = instance_errors(converted.points, test.target_points, counted, test.target_boxes)
    chosen = worst_median_best(errors, each)
    return [
        DemoCase(kind, f'{kind}_{i}_id_{test.ids[row]}', row, float(errors[row]))
        for kind, rows in chosen.items()
        for i, row in enumerate(rows.tolist(), start=1)
    ]


def draw_cases(
    cases: Sequence[DemoCase], learned: Method, task: PairTask, pictures: PictureFolders
) -> list[np.ndarray]:
    """Draw source, converted points and truth of each case side by side."""
    test, converted = task.test, learned.converted
    drawn = []
    for row in (case.row for case in cases):
        given = converted.visible[row]
        missing = set(converted.annotations[row].get('keypoints_inferred', ()))
        panels = [
            Panel('source', test.source_points[row], test.source_visible[row], task.source),
            Panel(
                'converted',
                converted.points[row],
                given,
                task.target,
                np.array([name in missing for name in task.target.keypoints]),
            ),
            Panel(
                'truth, lines to the converted points',
                test.target_points[row],
                test.target_visible[row],
                task.target,
                compared=np.where((given > 0)[:, None], converted.points[row], np.nan),
            ),
        ]
        picture = pictures.read(test.file_names.get(int(test.image_ids[row])))
        drawn.append(draw_panels(picture, panels))
    return drawn


def write_demo_report(
    path: Path,
    task: PairTask,
    methods: Sequence[Method],
    table: ResultTable,
    cases: Sequence[tuple[DemoCase, np.ndarray]],
    learned: Trained,
) -> None:
    """Write the page."""
    made_of = 'synthetic faces' if task.faces else task.ann_file.name
    # the learned converter first: its errors rank the keypoints
    errors = {m.label: _per_keypoint(measure(m, task), task) for m in reversed(methods)}
    test = task.test
    shape = median_shape(test.target_points, test.target_visible, test.target_boxes)
    write_report(
        path,
        title=f'{task.source.name} to {task.target.name}: {made_of}',
        verdict=_verdict(table, methods),
        table=table,
        keypoints=KeypointErrors(task.target, shape, errors, f'{NME} (x100)'),
        cases=[
            Case(
                f'{case.kind} of the test part, by the learned converter',
                f'annotation {task.test.ids[case.row]}: mean error {100 * case.error:.2f} % of '
                "the box's longer side",
                picture,
            )
            for case, picture in cases
        ],
        facts={
            'How it was made': _facts(task, methods[-1], learned),
            'Convert your own file with this converter': (
                f'python tools/convert_keypoints.py {learned.checkpoint} IN.json OUT.json'
            ),
            'Versions': versions(),
        },
    )


def _notes(
    comparison: Mapping[str, Any], methods: Sequence[Method], common: Mapping[str, Any] | None
) -> list[str]:
    notes = [
        f"{NME}: mean distance over an instance's points, then over instances, divided by the "
        "longer side of the labelled box; PCK@0.02: share of a keypoint's points nearer than "
        '0.02 of it, mean over keypoints'
    ]
    if common is not None:
        points = common['methods'][MODEL]['num_points']
        given = ', '.join(
            f'{m.label} {m.converter.covered.sum()} of {len(m.converter.covered)}'
            for m in methods
            if hasattr(m.converter, 'covered')
        )
        notes.append(
            f'keypoints given: {given}; NME has no distance for a point that is not given, so only '
            f'the {points} common points compare the methods; in PCK such a point is a miss'
        )
    for method in methods:
        for key, entry in comparison['metrics'].items():
            excluded = entry['methods'][method.key].get('excluded') or {}
            for reason, count in excluded.items():
                notes.append(f'{method.label}, {key}: {count} instances excluded, {reason}')
    notes += [loss_line(loss) for loss in comparison['losses']]
    return list(dict.fromkeys(notes))


def _verdict(table: ResultTable, methods: Sequence[Method]) -> str:
    rows = {row['method']: row for row in table.rows}
    column = next(name for name, kind in table.best.items() if kind == 'min')
    error = f'{NME} (x100)'
    learned, affine = rows['learned'], rows['affine']
    verb = 'beats' if learned[error] < affine[error] else 'does not beat'
    parts = [
        f'On {learned["instances"]} instances that it never saw, the learned converter {verb} the '
        f'affine fit: {format_value(learned[error], 3)} against {format_value(affine[error], 3)} '
        "in per cent of the box's longer side"
    ]
    if methods[0].key == 'mapping':
        hand = rows[methods[0].label]
        parts.append(f'; the hand-made map has {format_value(hand[column], 3)}')
        if column != error:
            parts.append(
                f' on the points that it gives, the learned converter '
                f'{format_value(learned[column], 3)} on the same'
            )
    return ''.join(parts) + '.'


def _seconds(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _per_keypoint(result: MetricResult, task: PairTask) -> np.ndarray:
    return np.array([result.per_keypoint[name] for name in task.target.keypoints], dtype=float)


def _facts(task: PairTask, learned_method: Method, learned: Trained) -> dict[str, str]:
    cfg = learned.config
    sizes = {part: len(rows) for part, rows in task.parts.items()}
    left_out = {reason: count for reason, count in task.pairs.excluded.items() if count}
    gate = float(learned_method.converter.converter.gate)
    return {
        'pairs': f'{len(task.pairs)} from {task.ann_file}'
        + (' (synthetic: a 3-D point model of a face, no real person)' if task.faces else ''),
        'left out': ', '.join(f'{n} {reason}' for reason, n in left_out.items()) or 'none',
        'parts': ', '.join(f'{n} {part}' for part, n in sizes.items())
        + f', split by {task.group}; the test part is used for this page alone',
        'schemas': f'{task.source.name} ({task.source.num_keypoints} points) to '
        f'{task.target.name} ({task.target.num_keypoints} points)',
        'network': str(dict(cfg.model.head.network)),
        'training': f'{cfg.train_cfg.max_epochs} epochs, batches of '
        f'{cfg.train_dataloader.batch_size}, the best checkpoint by {NME} of the validation part',
        'learned model': "the affine base and the network's correction"
        if gate > 0
        else 'the affine base alone: by inner cross-validation the pairs are too few for a network',
        'converted file': learned_method.report.summary(),
    }
