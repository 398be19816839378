"""The Python that docs/metrics.md shows runs, and its hand-worked figures are right."""

from __future__ import annotations

import re

import pytest


def test_python_in_the_metrics_page(repo):
    blocks = re.findall(r'```python\n(.*?)```', (repo / 'docs' / 'metrics.md').read_text(), re.S)
    assert len(blocks) == 2
    for block in blocks:
        exec(compile(block, 'docs/metrics.md', 'exec'), {})


def test_config_in_the_metrics_page_builds(repo):
    pytest.importorskip('mmengine')
    import mmlandmark  # noqa: F401

    pytest.importorskip('mmpose')
    from mmpose.registry import EVALUATORS

    text = (repo / 'docs' / 'metrics.md').read_text()
    config: dict = {}
    exec(next(b for b in re.findall(r'```python\n(.*?)```', text, re.S) if 'val_eval' in b), config)
    evaluator = EVALUATORS.build(config['val_evaluator'])
    assert len(evaluator.metrics) == 4
