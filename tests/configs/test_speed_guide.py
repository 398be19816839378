"""The configs that docs/speed.md shows are true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.config import Config  # noqa: E402
from mmengine.registry import DefaultScope  # noqa: E402
from mmpose.models.heads import HeatmapHead  # noqa: E402
from mmpose.registry import MODELS, TRANSFORMS  # noqa: E402


def test_a_config_of_mmpose_draws_and_decodes_on_the_device(repo: Path, tmp_path: Path):
    guide = (repo / 'docs' / 'speed.md').read_text(encoding='utf-8')
    block = re.search(r'^```python\n(.*?)^```', guide, re.MULTILINE | re.DOTALL)[1]
    (tmp_path / 'config.py').write_text(block, encoding='utf-8')
    config = Config.fromfile(tmp_path / 'config.py')
    with DefaultScope.overwrite_default_scope('mmpose'):
        head = MODELS.build(config.model.head)
        target = TRANSFORMS.build(config.train_dataloader.dataset.pipeline[-2])
    assert isinstance(head, HeatmapHead)
    assert (head.targets, head.decoding) == ('device', 'device')
    assert type(target.encoder).__name__ == 'KeypointLabels'
    assert config.val_dataloader.dataset.pipeline[-1].type == 'PackPoseInputs'
