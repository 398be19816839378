"""The configs and paths that docs/union-training.md shows are true."""

from __future__ import annotations

import os
import re
import runpy
from pathlib import Path

import orjson
import pytest
from doc_blocks import Page

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.config import Config  # noqa: E402
from mmengine.registry import DefaultScope  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402

from mmlandmark.synthetic import make_faces, pair_document  # noqa: E402

PAGE = Page('docs/union-training.md')


@pytest.fixture(scope='module')
def guide() -> str:
    return PAGE.whole


@pytest.fixture
def load(repo: Path, tmp_path: Path):
    whole, *blocks = PAGE.of('python')
    text = whole.take().replace("'../_base_", f"'{repo}/configs/_base_")

    def load(words: str) -> Config:
        """The whole config, with the first other block that says some words added."""
        more = next((block.take() for block in blocks if words in block.text), '')
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


def test_the_shares_are_those_of_a_sampler() -> None:
    sampler = PAGE.one('python', having='FixedShareSampler').run()['sampler']
    shares, size = sampler['shares'], sampler['batch_size']
    sizes = [size * share // sum(shares.values()) for share in shares.values()]
    assert f'# {sizes[0]} and {sizes[1]} of each batch of {size}' in PAGE.text


def test_the_pairs_are_divided(repo: Path, tmp_path: Path, monkeypatch) -> None:
    faces = tmp_path / 'data' / 'face68_face48'
    faces.mkdir(parents=True)
    for name, seed in (('train', 0), ('val', 1)):
        pairs = pair_document(make_faces(60, seed=seed, pictures_per_identity=1))
        (faces / f'{name}.json').write_bytes(orjson.dumps(pairs))
    (tmp_path / 'tools').symlink_to(repo / 'tools')
    monkeypatch.chdir(tmp_path)
    enter, name, *commands, leave = PAGE.one('bash', having='split_pairs.py').commands
    os.chdir(enter.take()[1])
    variable, _, script = name.take()[0].partition('=')
    for command in commands:
        python, tool, *words = command.take()
        assert (python, tool) == ('python', f'${variable}')
        assert runpy.run_path(script)['main'](words) == 0
    os.chdir(leave.take()[1])
    assert Path.cwd() == tmp_path
    made = {file.name for file in faces.glob('*_*.json')}
    assert made == {
        *('face68_train.json', 'face48_train.json', 'face68_val.json', 'face48_val.json'),
        *('test_source.json', 'test_target.json'),
    }


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
