"""The benchmark of loading runs and writes what it prints. No timing is asserted."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pytest

pytest.importorskip('mmpose')
FOLDER = Path(__file__).resolve().parents[2] / 'tools' / 'analysis'
OPTIONS = ['--sizes', '320x240', '--boxes', '80', '500', '--input-size', '32']
OPTIONS += ['--pictures', '1', '--samples', '2', '--repeats', '1']


@pytest.fixture
def benchmark(monkeypatch):
    """The script as a module."""
    monkeypatch.syspath_prepend(str(FOLDER))
    module = importlib.import_module('benchmark_loader')
    monkeypatch.setattr(module, 'FRESH', 0.0)
    return module


def test_each_part_runs_and_is_written(benchmark, tmp_path, capsys):
    out = tmp_path / 'out.json'
    assert benchmark.main([*OPTIONS, '--out', str(out)]) == 0
    written, printed = json.loads(out.read_text()), capsys.readouterr().out
    load, profile = written['results']['load'], written['results']['profile']
    assert [row['what'].split(' / ')[1] for row in load] == list(benchmark.WAYS)
    assert all(row['value'] > 0 and row['what'] in printed for row in load)  # 500 does not fit
    assert 'imdecode' in {row['function'] for row in profile}
    assert {row['what'].split(': ')[1] for row in profile} == {'plain', *benchmark.WAYS}
    assert benchmark.main([*OPTIONS, '--out', str(out)]) == 2  # an existing result is kept
    assert 'error:' in capsys.readouterr().err


def test_wrong_options_are_one_line(benchmark, capsys):
    assert benchmark.main([*OPTIONS, '--boxes', '900']) == 2
    assert 'error: no box of [900] fits into a picture' in capsys.readouterr().err
    with pytest.raises(SystemExit):
        benchmark.main(['--sizes', '320'])
    assert 'expected a width and height such as 640x480' in capsys.readouterr().err
