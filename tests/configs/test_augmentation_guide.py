"""The config of docs/speed.md that augments on the device is true."""

from __future__ import annotations

from pathlib import Path

import pytest
from doc_blocks import Page

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.config import Config  # noqa: E402
from mmengine.dataset import pseudo_collate  # noqa: E402
from mmengine.registry import DefaultScope  # noqa: E402
from mmpose.registry import MODELS, TRANSFORMS  # noqa: E402
from models.data_preprocessors.crop_batches import raw_sample  # noqa: E402

PAGE = Page('docs/speed.md', 'Augmentation on the device')


def test_a_config_of_mmpose_augments_on_the_device(tmp_path: Path):
    (tmp_path / 'config.py').write_text(PAGE.one('python').take(), encoding='utf-8')
    config = Config.fromfile(tmp_path / 'config.py')
    with DefaultScope.overwrite_default_scope('mmpose'):
        steps = [TRANSFORMS.build(s) for s in config.train_dataloader.dataset.pipeline[1:]]
        preprocessor = MODELS.build(config.model.data_preprocessor)
        assert MODELS.build(config.model.head).targets == 'device'
    samples = []
    for position in range(2):
        sample = raw_sample(position, 'coco')
        sample.update(upper_body_ids=list(range(11)), lower_body_ids=list(range(11, 17)))
        for step in steps:
            sample = step(sample)
        samples.append(sample)
    batch = preprocessor(pseudo_collate(samples), training=True)
    assert batch['inputs'].shape == (2, 3, 256, 192)
    assert preprocessor.mean.flatten().tolist() == pytest.approx([123.675, 116.28, 103.53])
    assert config.val_dataloader.dataset.pipeline[2].type == 'TopdownAffine'
