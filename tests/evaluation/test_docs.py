"""The Python that docs/metrics.md shows runs, and its hand-worked figures are right."""

from __future__ import annotations

import re

import pytest


def test_python_in_the_metrics_page(repo):
    blocks = re.findall(r'```python\n(.*?)```', (repo / 'docs' / 'metrics.md').read_text(), re.S)
    assert len(blocks) == 4
    for block in blocks:
        exec(compile(block, 'docs/metrics.md', 'exec'), {})


def test_configs_in_the_metrics_page_build(repo):
    pytest.importorskip('mmengine')
    import mmlandmark  # noqa: F401

    pytest.importorskip('mmpose')
    from mmpose.registry import EVALUATORS, METRICS

    text = (repo / 'docs' / 'metrics.md').read_text()
    blocks = re.findall(r'```python\n(.*?)```', text, re.S)
    built = []
    for block in (b for b in blocks if 'val_evaluator' in b):
        config: dict = {}
        exec(block, config)
        evaluator = config['val_evaluator']
        several = isinstance(evaluator, list)
        built.append(
            [METRICS.build(metric) for metric in evaluator]
            if several
            else EVALUATORS.build(evaluator).metrics
        )
    assert [len(metrics) for metrics in built] == [4, 6]


def test_the_evaluation_page_shows_what_comes_out(repo, capsys):
    """Its config builds and has a rule for save_best, its example prints the table below it."""
    pytest.importorskip('mmengine')
    import mmlandmark  # noqa: F401

    pytest.importorskip('mmpose')
    from mmpose.registry import EVALUATORS

    from mmlandmark.apis.save_best import check_save_best

    text = (repo / 'docs' / 'evaluation.md').read_text()
    config, example, hooks = {}, {}, {}
    blocks = re.findall(r'```python\n(.*?)```', text, re.S)
    for block, space in zip(blocks, (config, hooks, example), strict=True):
        exec(compile(block, 'docs/evaluation.md', 'exec'), space)
    evaluator = EVALUATORS.build(config['val_evaluator'])
    assert list(evaluator.dataset_metrics) == list(config['val_dataloader']['dataset']['datasets'])
    check_save_best({**config, **hooks})
    shown = re.search(r'```\n(data set +metric +value.*?)\n```', text, re.S)[1]
    assert shown in capsys.readouterr().out
    assert 'pooled/NME/bbox' in example['figures']


def test_the_comparison_of_the_evaluation_page(repo, tmp_path, monkeypatch):
    pytest.importorskip('mmengine')
    from mmlandmark.apis.compare_runs import compare_runs, render_runs
    from mmlandmark.apis.run_metrics import read_runs

    monkeypatch.chdir(tmp_path)
    text = (repo / 'docs' / 'evaluation.md').read_text()
    for name, content in re.findall(r"cat > (\S+) <<< '(.*?)'", text):
        (tmp_path / name).write_text(content)
    rendered = render_runs(compare_runs(read_runs(['single=a.json', 'union=b.json']), 'single'))
    assert f'```\n{rendered}\n```' in text
