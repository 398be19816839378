"""What the part on evaluation of docs/dog-and-cat-faces.md shows and lists."""

from __future__ import annotations

import re

import pytest
from doc_blocks import Page
from mmengine.config import Config
from mmengine.registry import DefaultScope

import mmlandmark  # noqa: F401
from mmlandmark.schemas import get_schema

PAGE = Page('docs/dog-and-cat-faces.md', 'Evaluation')


@pytest.fixture
def part():
    return PAGE.text


def test_the_example_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with DefaultScope.overwrite_default_scope('mmpose'):
        PAGE.one('python').run()
    assert "['landmarks'] [[" in capsys.readouterr().out


@pytest.mark.parametrize(('schema', 'column'), [('dogflw46', 2), ('catflw48', 3)])
def test_the_normalisers_are_those_of_the_schemas(part, schema, column):
    known = get_schema(schema)
    rows = re.findall(r'^\| `(\w+)` \|.*points (\d+) and.*$', part, re.M)
    assert {name for name, _ in rows} == {'eye_outer', 'eye_inner', 'ear_base'}
    for line in part.splitlines():
        cells = line.split('|')
        if 'points' in line and len(cells) == 5 and cells[1].strip('` ') in known.normalizers:
            ends = known.indices(known.normalizers[cells[1].strip('` ')]).tolist()
            assert cells[column].strip() == f'points {ends[0]} and {ends[1]}'


@pytest.mark.parametrize('name', ['dogflw', 'catflw'])
def test_the_configs_give_the_listed_figures(part, repo, name):
    cfg = Config.fromfile(repo / 'configs' / '_base_' / 'datasets' / f'{name}.py')
    (metrics,) = cfg.test_evaluator.metrics.values()
    assert list(cfg.test_evaluator.metrics) == [name]
    assert [m.type for m in metrics] == ['LandmarkNME', 'LandmarkFailureRate', 'LandmarkCEDAUC']
    assert {m.norm for m in metrics} == {'eye_outer'}
    assert tuple(metrics[1].thr) == tuple(metrics[2].thr) == (0.08, 0.1)
    for loader, split in ((cfg.train_dataloader, 'train'), (cfg.val_dataloader, 'val')):
        assert loader.dataset.ann_file == f'annotations/{split}.json'
    assert cfg.test_dataloader.dataset.ann_file == 'annotations/test.json'
    assert cfg.val_dataloader.dataset.test_mode and cfg.test_dataloader.dataset.test_mode
    for script in re.findall(r'python tools/test.py (\S+)', part):
        assert (repo / script).is_file()
