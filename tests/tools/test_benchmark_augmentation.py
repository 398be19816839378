"""The benchmark of augmentation runs and writes what it prints. No timing is asserted."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest

pytest.importorskip('mmpose')
FOLDER = Path(__file__).resolve().parents[2] / 'tools' / 'analysis'
SMALL = ['--repeats', '1', '--batch-size', '2', '--keypoints', '5', '--size', '32']


@pytest.fixture
def benchmark(monkeypatch):
    """The script as a module."""
    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module('benchmark_augmentation')


def test_each_part_runs_and_is_written(benchmark, tmp_path, capsys):
    out = tmp_path / 'out.json'
    assert benchmark.main(['--out', str(out), *SMALL]) == 0
    written, printed = json.loads(out.read_text()), capsys.readouterr().out
    rows = {part: [] for part in benchmark.PARTS}
    for row in written['results']:
        rows[row['part']].append(row)
        assert row['what'] in printed
    assert all(len(rows[part]) == 2 for part in ('loader', 'device', 'both'))
    assert any('CropWithMargin' in row['what'] for row in rows['steps'])
    shares = [row['value'] for row in rows['margin']]
    assert shares == sorted(shares, reverse=True) and shares[0] > 0.1 and shares[-1] == 0
    assert benchmark.main(['--out', str(out), *SMALL]) == 2  # an existing result is kept
    assert 'error:' in capsys.readouterr().err


def test_a_margin_that_cannot_be_is_one_line(benchmark, capsys):
    assert benchmark.main(['--margin', '-1', '--parts', 'loader', *SMALL]) == 2
    assert 'error: CropWithMargin: margin is -1.0' in capsys.readouterr().err
