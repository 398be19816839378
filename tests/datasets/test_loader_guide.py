"""What docs/speed.md shows of loading is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.config import Config  # noqa: E402
from mmengine.registry import DefaultScope  # noqa: E402
from mmpose.registry import TRANSFORMS  # noqa: E402

from datasets.jpeg_files import sample, smooth_picture, write_picture  # noqa: E402
from mmlandmark.datasets.crop_cache import FRESH, CropCache  # noqa: E402


@pytest.fixture(scope='module')
def section() -> str:
    repo = Path(__file__).resolve().parents[2]
    text = (repo / 'docs' / 'speed.md').read_text(encoding='utf-8')
    return text.split('\n## The loader\n')[1].split('\n## ')[0]


def test_the_configs_shown_wrap_a_pipeline_of_mmpose(section: str, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r'^```python\n(.*?)^```', section, re.MULTILINE | re.DOTALL)
    plain, cached = (block for block in blocks if 'LoadImageForCrop' in block)
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


def test_figures_are_those_of_the_code(section: str):
    assert CropCache.__init__.__defaults__[0] == 10 and '`max_gb` (10)' in section
    assert FRESH == 2 and 'within the last two seconds' in section
