"""The Python that docs/metrics.md shows runs, and its hand-worked figures are right."""

from __future__ import annotations

import re

import pytest
from doc_blocks import Page

METRICS_PAGE = Page('docs/metrics.md')
PAGE = Page('docs/evaluation.md')


def test_python_in_the_metrics_page():
    assert len(METRICS_PAGE.python) == 4
    for block in METRICS_PAGE.python:
        block.run()


def test_configs_in_the_metrics_page_build():
    pytest.importorskip('mmengine')
    import mmlandmark  # noqa: F401

    pytest.importorskip('mmpose')
    from mmpose.registry import EVALUATORS, METRICS

    built = []
    for block in METRICS_PAGE.of('python', having='val_evaluator'):
        evaluator = block.run()['val_evaluator']
        several = isinstance(evaluator, list)
        built.append(
            [METRICS.build(metric) for metric in evaluator]
            if several
            else EVALUATORS.build(evaluator).metrics
        )
    assert [len(metrics) for metrics in built] == [4, 6]


def test_the_evaluation_page_shows_what_comes_out(capsys):
    """Its config builds and has a rule for save_best, its example prints the table below it."""
    pytest.importorskip('mmengine')
    import mmlandmark  # noqa: F401

    pytest.importorskip('mmpose')
    from mmpose.registry import EVALUATORS

    from mmlandmark.apis.save_best import check_save_best

    config, hooks, example = (block.run() for block in PAGE.python)
    evaluator = EVALUATORS.build(config['val_evaluator'])
    assert list(evaluator.dataset_metrics) == list(config['val_dataloader']['dataset']['datasets'])
    check_save_best({**config, **hooks})
    assert PAGE.one('', having='normaliser').take() in capsys.readouterr().out
    assert 'pooled/NME/bbox' in example['figures']


def test_the_comparison_of_the_evaluation_page(tmp_path, monkeypatch, capsys):
    pytest.importorskip('mmengine')

    monkeypatch.chdir(tmp_path)
    block = PAGE.one('bash')
    for name, content in re.findall(r"cat > (\S+) <<< '(.*?)'", block.take()):
        (tmp_path / name).write_text(content)
    assert block.commands[-1].run() == 0
    assert PAGE.one('', having='base: single').take() in capsys.readouterr().out
