"""What docs/speed.md shows of loading is true."""

from __future__ import annotations

from pathlib import Path

import pytest
from doc_blocks import Page

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.config import Config  # noqa: E402
from mmengine.registry import DefaultScope  # noqa: E402
from mmpose.registry import TRANSFORMS  # noqa: E402

from datasets.jpeg_files import sample, smooth_picture, write_picture  # noqa: E402
from mmlandmark.datasets.crop_cache import FRESH, CropCache  # noqa: E402

PAGE = Page('docs/speed.md', 'The loader', but=('Augmentation on the device',))


def test_the_configs_shown_wrap_a_pipeline_of_mmpose(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plain, cached = (block.take() for block in PAGE.python)
    head, line = plain.split('train_pipeline = ', 1)
    rest = 'train_dataloader' + line.split('train_dataloader', 1)[1]
    path = write_picture(tmp_path / 'a.jpg', smooth_picture(900, 800))
    for text in (plain, head + cached + rest):
        (tmp_path / 'config.py').write_text(text, encoding='utf-8')
        config = Config.fromfile(tmp_path / 'config.py')
        (step,) = config.train_dataloader.dataset.pipeline
        with DefaultScope.overwrite_default_scope('mmpose'):
            transform = TRANSFORMS.build(step)
        results = sample(path) | dict(upper_body_ids=[0], lower_body_ids=[1, 2])
        assert transform(results)['inputs'].shape == (3, 256, 192)
        assert sum(n for name, n in transform.counts.items() if 'reduced' in name) == 1
    assert transform.counts['made'] == 1 and (tmp_path / 'work_dirs' / 'crops').is_dir()
    assert config.val_dataloader.dataset.pipeline[0].type == 'LoadImage'


def test_figures_are_those_of_the_code():
    assert CropCache.__init__.__defaults__[0] == 10 and '`max_gb` (10)' in PAGE.text
    assert FRESH == 2 and 'within the last two seconds' in PAGE.text
