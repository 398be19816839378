"""The configs and paths that docs/union-training.md shows are true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.config import Config  # noqa: E402
from mmengine.registry import DefaultScope  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402


@pytest.fixture(scope='module')
def guide() -> str:
    repo = Path(__file__).resolve().parents[2]
    return (repo / 'docs' / 'union-training.md').read_text(encoding='utf-8')


@pytest.fixture
def load(guide: str, repo: Path, tmp_path: Path):
    blocks = re.findall(r'^```python\n(.*?)^```', guide, re.MULTILINE | re.DOTALL)
    whole = next(block for block in blocks if '../_base_/datasets' in block)
    text = whole.replace("'../_base_", f"'{repo}/configs/_base_")

    def load(words: str) -> Config:
        """The whole config, with the first other block that says some words added."""
        more = next((block for block in blocks if block != whole and words in block), '')
        if '_base_ =' in more:
            (tmp_path / 'td-hm_hrnet-w32_8xb64-210e_coco+mpii-256x192_union21.py').write_text(text)
            more_text = more
        else:
            more_text = text + more
        (tmp_path / 'own.py').write_text(more_text)
        return Config.fromfile(tmp_path / 'own.py')

    return load


@pytest.mark.parametrize('words', ['', 'MultiDecoderHead', "target_schema='union'"])
def test_the_configs_shown_build(load, words: str) -> None:
    cfg = load(words or 'nothing of the kind')
    with DefaultScope.overwrite_default_scope('mmpose'):
        head = MODELS.build(cfg.model).head
    assert set(head.dataset_schemas) == (
        {'coco', 'ap10k'} if 'Multi' in words else {'coco', 'mpii'}
    )
    if 'target' in words:
        assert head.test_cfg['target_schema'] == 'union'
        assert cfg.test_evaluator.type == 'DumpResults'


def test_replay_and_shares_are_where_the_guide_puts_them(load) -> None:
    cfg = load('replay = dict(')
    assert set(cfg.train_dataloader.dataset.replay) == {'coco', 'mpii'}
    assert cfg.train_dataloader.dataset.replay.coco.union == 'union21'
    assert dict(cfg.train_dataloader.sampler.shares) == {'coco': 3, 'mpii': 1}


def test_the_configs_and_tools_named_are_there(guide: str, repo: Path) -> None:
    named = re.findall(r'`(configs/[^`]+\.py)`', guide)
    assert len(named) >= 5
    for pattern in named:
        some = pattern.replace('{small,base}', '*').replace('{union,multi_decoder}', 'union')
        some = re.sub(r'\{[^}]*\}', '*', some).replace('...', '*')
        if '_base_/datasets/coco.py' not in some:
            assert list(repo.glob(some)), pattern
    for tool in re.findall(r'tools/[\w/]+\.(?:py|sh)', guide):
        assert (repo / tool).is_file(), tool
