"""The report of a test: a hook that collects what the evaluator sees and writes one HTML page."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process
from mmengine.evaluator import Evaluator
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.runner import Runner

from mmlandmark.apis.report_channels import channel_sections
from mmlandmark.apis.report_collected import point_sets
from mmlandmark.apis.report_file import CASES, check_report
from mmlandmark.apis.report_overview import landmark_metrics, metrics_of, overview
from mmlandmark.apis.report_sections import point_sections, points_verdict
from mmlandmark.apis.versions import versions
from mmlandmark.evaluation.evaluators.samples import plain_sample
from mmlandmark.evaluation.metrics.keypoint_average_precision import (
    PICTURES,
    KeypointAveragePrecision,
)
from mmlandmark.evaluation.metrics.packed_samples import PackedSamples
from mmlandmark.evaluation.metrics.report_samples import ReportSamples
from mmlandmark.progress import waiting
from mmlandmark.visualization.pictures import PictureFolders
from mmlandmark.visualization.report import Section, write_page
from mmlandmark.visualization.report_blocks import ResultTable, facts_block, folded, table_block


def report_test(
    runner: Runner, path: str | os.PathLike, *, cases: int = CASES, overwrite: bool = False
) -> None:
    """Let the test of a runner write a report.

    Args:
        runner: Before its test.
        path: The HTML file.
        cases: Pictures of each kind at most, fewer where there are many data sets; 0: none.
        overwrite: Replace the file if it exists.

    Raises:
        LandmarkError: The file may not or cannot be written, or ``cases`` is negative.
    """
    check_report(path, overwrite=overwrite, cases=cases)
    runner.register_hook(ReportHook(path, cases), 'LOWEST')


class ReportHook(Hook):
    """Writes the report of a test.

    Samples are collected as arrays after the evaluator has seen them, whatever evaluates, over all
    processes; the main process writes.

    Args:
        path: The HTML file; an old one is replaced.
        cases: Pictures of each kind at most.
    """

    def __init__(self, path: str | os.PathLike, cases: int = CASES) -> None:
        self.path, self.cases = Path(path), cases
        self._samples: ReportSamples | None = None

    def before_test(self, runner: Runner) -> None:
        """Know what the metrics need."""
        evaluator = runner.test_loop.evaluator
        own = [metric for _, metric in landmark_metrics(evaluator)]
        fields = [name for metric in own for name in metric.fields]
        self._samples = ReportSamples(fields, depth=any(metric.depth for metric in own))
        self._samples.dataset_meta = evaluator.dataset_meta

    def after_test_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Any = None
    ) -> None:
        """Collect what the metrics see."""
        if self._samples is not None and outputs:
            self._samples.process(data_batch, [plain_sample(sample) for sample in outputs])

    def after_test_epoch(self, runner: Runner, metrics: Mapping[str, float] | None = None) -> None:
        """Write the report."""
        if self._samples is None:
            return
        own, self._samples = self._samples, None
        own.evaluate(len(runner.test_dataloader.dataset))
        if is_main_process():
            samples = own.collected if own.collected is not None else PackedSamples()
            with waiting('drawing the report'):
                write_test_report(self.path, runner, samples, metrics or {}, self.cases)
            print_log(f'wrote the report {self.path}', logger='current')


def write_test_report(
    path: Path,
    runner: Runner,
    samples: PackedSamples,
    figures: Mapping[str, float],
    cases: int,
) -> None:
    """Write the page; see `report_test`."""
    evaluator, dataset = runner.test_loop.evaluator, runner.test_dataloader.dataset
    meta = evaluator.dataset_meta or {}
    name = str(meta.get('dataset_name') or type(dataset).__name__)
    pictures = PictureFolders([''])  # samples have whole paths
    if hasattr(dataset, 'file_names') and isinstance(getattr(dataset, 'ann_file', None), str):
        pictures = PictureFolders.beside(dataset.ann_file)
    table = overview(evaluator, figures, name, len(samples))
    if PICTURES in samples.tables:
        result = _channel_result(evaluator)
        verdict = _channel_verdict(name, samples, figures)
        middle = channel_sections(samples, result, pictures, cases)
    else:
        parts = point_sets(samples, evaluator, getattr(dataset, 'file_names', {}))
        verdict = points_verdict(parts)
        middle = point_sections(parts, pictures, cases)
    sections = [Section('Results', _results(table, figures)), *middle, *_made_by(runner)]
    config = Path(str(runner.cfg.filename or 'a test')).stem
    write_page(path, f'Test of {config} on {name}', verdict, sections)


def _channel_result(evaluator: Evaluator) -> Any:
    found = [m for _, m in metrics_of(evaluator) if isinstance(m, KeypointAveragePrecision)]
    return found[0].last_result if found else None


def _channel_verdict(name: str, samples: PackedSamples, figures: Mapping[str, float]) -> str:
    mean = [f'{key} {value:.4f}' for key, value in figures.items() if key.endswith('mAP')]
    return f'{name}: {", ".join(mean) or "no average precision"} over {len(samples)} pictures.'


def _results(table: ResultTable, figures: Mapping[str, float]) -> list[str]:
    rows = [{'figure': key, 'value': float(value)} for key, value in figures.items()]
    whole = table_block(ResultTable(rows)) if rows else ''
    parts = [table_block(table)] if table.rows else []
    return [*parts, folded(f'all {len(rows)} figures', whole)] if whole else parts


def _made_by(runner: Runner) -> list[Section]:
    cfg = runner.cfg
    facts = {
        'config': str(cfg.filename),
        'checkpoint': str(cfg.get('load_from')),
        'processes': str(runner.world_size),
        'log': str(runner.log_dir),
        'command': shlex.join(sys.argv),
    }
    return [
        Section('How it was made', [facts_block(facts)]),
        Section('Versions', [facts_block(versions())]),
        Section('Config', [folded('the whole config', facts_block(cfg.pretty_text))]),
    ]
