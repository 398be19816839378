"""What docs/channel-keypoints.md says of peaks and of average precision is so."""

from __future__ import annotations

import pytest
from doc_blocks import Page

PAGE = Page('docs/channel-keypoints.md', 'Peaks', 'Average precision')


def test_the_examples_of_the_guide_run() -> None:
    example, config = PAGE.python
    example.run()
    pytest.importorskip('mmengine')
    import mmlandmark  # noqa: F401

    pytest.importorskip('mmpose')
    from mmpose.registry import METRICS

    from mmlandmark.apis.save_best import check_save_best

    space = config.run()
    assert METRICS.build(space['val_evaluator']).thresholds == (2.0, 4.0)
    check_save_best(space)
