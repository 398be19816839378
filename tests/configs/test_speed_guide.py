"""The configs that docs/speed.md shows are true."""

from __future__ import annotations

from pathlib import Path

import pytest
from doc_blocks import Page

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.config import Config  # noqa: E402
from mmengine.registry import DefaultScope  # noqa: E402
from mmpose.models.heads import HeatmapHead  # noqa: E402
from mmpose.registry import MODELS, TRANSFORMS  # noqa: E402

PAGE = Page('docs/speed.md', but=('The loader',))


def test_a_config_of_mmpose_draws_and_decodes_on_the_device(tmp_path: Path):
    (tmp_path / 'config.py').write_text(PAGE.one('python').take(), encoding='utf-8')
    config = Config.fromfile(tmp_path / 'config.py')
    with DefaultScope.overwrite_default_scope('mmpose'):
        head = MODELS.build(config.model.head)
        target = TRANSFORMS.build(config.train_dataloader.dataset.pipeline[-2])
    assert isinstance(head, HeatmapHead)
    assert (head.targets, head.decoding) == ('device', 'device')
    assert type(target.encoder).__name__ == 'KeypointLabels'
    assert config.val_dataloader.dataset.pipeline[-1].type == 'PackPoseInputs'


def test_the_reckoned_scaling_is_printed(capsys):
    (command,) = PAGE.commands('scaling.py --seconds')
    assert command.run() == 0
    assert capsys.readouterr().out.strip()


def test_the_second_pipeline_of_rtmpose_is_changed_as_the_page_says(tmp_path: Path):
    words = Path('docs/speed.md').read_text(encoding='utf-8').split('`')
    lines = [word for word in words if word.startswith('custom_hooks') and ' = ' in word]
    base = 'mmpose::body_2d_keypoint/rtmpose/coco/rtmpose-t_8xb256-420e_coco-256x192.py'
    (tmp_path / 'config.py').write_text('\n'.join([f'_base_ = {base!r}', *lines]))
    switched = Config.fromfile(tmp_path / 'config.py').custom_hooks[-1].switch_pipeline
    encoders = [step.encoder.type for step in switched if step.type == 'GenerateTarget']
    assert len(lines) == 2 and encoders == ['KeypointLabels']
