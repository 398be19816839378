"""The benchmark of heads runs, gives rivals the same labels and writes what it prints. No timing
is asserted."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest

pytest.importorskip('mmpose')
FOLDER = Path(__file__).resolve().parents[2] / 'tools' / 'analysis'
OPTIONS = [
    '--repeats',
    '1',
    '--batch-size',
    '7',
    '--size',
    '32',
    '32',
    '--head-size',
    '32',
    '32',
    '--labelled',
    '0.6',
]


@pytest.fixture
def benchmark(monkeypatch):
    """The script as a module."""
    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module('benchmark_heads')


@pytest.mark.parametrize('model', ['head alone', 'ResNet-18'])
def test_each_part_runs_and_is_written(benchmark, model, tmp_path, capsys):
    out = tmp_path / 'out.json'
    assert benchmark.main(['--models', model, '--out', str(out), *OPTIONS]) == 0
    written, printed = json.loads(out.read_text()), capsys.readouterr().out
    assert [row['part'] for row in written['results']] == ['union', 'decoders', 'decoders']
    assert {'cores', 'load', 'torch'} <= set(written['machine'])
    for row in written['results']:
        assert row['what'] in printed and model in row['what'] and row['value'] > 0
        assert row['goal'] == ('<= 1.03' if row['part'] == 'union' else '<= 1.15')
    assert benchmark.main(['--out', str(out), *OPTIONS]) == 2  # an existing result is kept
    assert 'error:' in capsys.readouterr().err


def test_rivals_learn_the_same_points(benchmark):
    from mmlandmark.schemas import get_union

    args = benchmark.parse_args(OPTIONS)
    bench = benchmark.Bench(args, benchmark.MODELS_MEASURED['head alone'])
    union = get_union(benchmark.UNION)
    channels = {n: union.channel_indices(m) for n, m in benchmark.UNION_DATASETS.items()}
    own, spread = bench.samples(channels), bench.samples(channels, union.num_channels)
    assert len(own) == len(spread) == 7
    for one, other in zip(own, spread, strict=True):
        places = channels[one.metainfo['dataset_name']]
        weights = other.gt_instance_labels.keypoint_weights
        assert weights.shape == (1, union.num_channels)
        assert (one.gt_instance_labels.keypoint_weights == weights[:, places]).all()
        assert (one.gt_fields.heatmaps == other.gt_fields.heatmaps[places]).all()
        assert weights.sum() == weights[:, places].sum() > 0
