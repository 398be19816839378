"""What docs/channel-keypoints.md says of peaks and of average precision is so."""

from __future__ import annotations

import re

import pytest


def test_the_examples_of_the_guide_run(repo) -> None:
    text = (repo / 'docs' / 'channel-keypoints.md').read_text(encoding='utf-8')
    part = text[text.index('## Peaks') : text.index('## Looking at it')]
    example, config = re.findall(r'```python\n(.*?)```', part, re.S)
    exec(compile(example, 'docs/channel-keypoints.md', 'exec'), {})
    pytest.importorskip('mmengine')
    import mmlandmark  # noqa: F401

    pytest.importorskip('mmpose')
    from mmpose.registry import METRICS

    from mmlandmark.apis.save_best import check_save_best

    space: dict = {}
    exec(config, space)
    assert METRICS.build(space['val_evaluator']).thresholds == (2.0, 4.0)
    check_save_best(space)
