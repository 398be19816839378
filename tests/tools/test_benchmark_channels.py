"""The benchmark of channel keypoints runs and writes what it prints. No timing is asserted."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest

pytest.importorskip('mmpose')
FOLDER = Path(__file__).resolve().parents[2] / 'tools' / 'analysis'
SMALL = dict(repeats=1, threads=1, images=6, maps=2, size=64, points=3, train=8, val=8)
OPTIONS = [f'--{name}={value}' for name, value in SMALL.items()]


@pytest.fixture
def benchmark(monkeypatch):
    """The script as a module."""
    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module('benchmark_channels')


def test_each_part_runs_and_is_written(benchmark, tmp_path, capsys):
    pytest.importorskip('skimage')
    out = tmp_path / 'out.json'
    assert benchmark.main(['--out', str(out), *OPTIONS]) == 0
    written, printed = json.loads(out.read_text()), capsys.readouterr().out
    parts = [row['part'] for row in written['results']]
    assert parts == ['ap', 'ap', 'peaks', 'targets', 'epoch', 'epoch']
    for row in written['results']:
        assert row['what'] in printed and row['value'] > 0
    goals = [row.get('goal') for row in written['results']]
    assert goals == ['>= 50', '>= 50', '>= 20', None, '<= 0.1', '<= 0.1']
    assert benchmark.main(['--out', str(out), *OPTIONS]) == 2  # an existing result is kept
    assert 'error:' in capsys.readouterr().err


def test_rivals_that_do_not_agree_are_no_rivals(benchmark, monkeypatch, capsys):
    monkeypatch.setattr(benchmark, 'plain_average_precision', lambda *_: 0.5)
    assert benchmark.main(['--parts', 'ap', *OPTIONS]) == 2
    assert 'differ on the same points' in capsys.readouterr().err
