"""``tools/test.py``: options that change the config before anything is built."""

from __future__ import annotations

import importlib.util
from types import ModuleType

import pytest
from mmengine.config import Config

from mmlandmark.errors import LandmarkError


@pytest.fixture(scope='module')
def tool(repo) -> ModuleType:
    spec = importlib.util.spec_from_file_location('tools_test', repo / 'tools' / 'test.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_dump_joins_the_metrics_of_an_evaluator(tool):
    evaluator = dict(type='ConverterEvaluator', metrics=[dict(type='MpiiPCKh')])
    cfg = Config(dict(test_evaluator=evaluator))
    tool.add_dump(cfg, 'p.pkl')
    assert cfg.test_evaluator.type == 'ConverterEvaluator'
    assert [m.type for m in cfg.test_evaluator.metrics] == ['MpiiPCKh', 'DumpResults']


@pytest.mark.parametrize('several', [True, False])
def test_dump_joins_plain_metrics(tool, several):
    metric = dict(type='NME', norm_mode='keypoint_distance')
    cfg = Config(dict(test_evaluator=[metric] if several else metric))
    tool.add_dump(cfg, 'p.pkl')
    assert [m.type for m in cfg.test_evaluator] == ['NME', 'DumpResults']


def test_pairs_are_dumped_of_all_data_sets(tool):
    metrics = dict(coco=dict(type='EPE'), mpii=[dict(type='MpiiPCKh')])
    cfg = Config(dict(test_evaluator=dict(type='PerDatasetEvaluator', metrics=metrics)))
    tool.add_metric(cfg, dict(type='PairDump', out_file='p.json'))
    assert cfg.test_evaluator.metrics == Config(metrics)._cfg_dict
    assert [m.type for m in cfg.test_evaluator.common_metrics] == ['PairDump']


def test_a_metric_around_metrics_is_no_evaluator(tool):
    metric = dict(type='CoveredMetric', metric=[dict(type='EPE')])
    cfg = Config(dict(test_evaluator=metric))
    tool.add_metric(cfg, dict(type='PairDump', out_file='p.json'))
    assert [m.type for m in cfg.test_evaluator] == ['CoveredMetric', 'PairDump']


@pytest.mark.parametrize(
    ('out', 'message'),
    [
        ('no/m.json', 'the folder no does not exist'),
        ('m.csv', 'expected a file name that ends in .json, .yaml, .yml, .pkl or .pickle'),
        ('.', 'is a folder'),
    ],
)
def test_a_place_for_the_metrics_is_looked_at_first(tool, tmp_path, monkeypatch, out, message):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr('sys.argv', ['test.py', 'no_config.py', 'x.pth', '--out', out])
    with pytest.raises(LandmarkError, match=message):
        tool.main(tool.parse_args())


def test_options_address_the_evaluator_as_the_config_has_it(tool, tmp_path, monkeypatch):
    config = tmp_path / 'config.py'
    evaluator = "test_evaluator = dict(type='NME', norm_mode='a')"
    config.write_text(f"model = dict(type='None')\n{evaluator}\n")
    options = ['--dump-pairs', 'p.json', '--cfg-options', 'test_evaluator.norm_mode=b']
    monkeypatch.setattr('sys.argv', ['test.py', str(config), 'x.pth', *options])
    cfg, _ = tool.build_config(tool.parse_args())
    assert [m.type for m in cfg.test_evaluator] == ['NME', 'PairDump']
    assert cfg.test_evaluator[0].norm_mode == 'b'
