"""The benchmark of codecs runs, gives rivals the same work and writes what it prints. No timing is
asserted."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch

pytest.importorskip('mmpose')
FOLDER = Path(__file__).resolve().parents[2] / 'tools' / 'analysis'
CODECS = ['MSRA', 'MSRA, DARK', 'UDP', 'UDP, combined', 'SimCC', 'SimCC, one-hot']


@pytest.fixture
def benchmark(monkeypatch):
    """The script as a module."""
    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module('benchmark_codecs')


def test_each_part_runs_and_is_written(benchmark, tmp_path, capsys):
    out = tmp_path / 'out.json'
    options = ['--repeats', '1', '--batch-size', '2', '--keypoints', '3', '--growth', '2']
    assert benchmark.main(['--out', str(out), *options]) == 0
    written, printed = json.loads(out.read_text()), capsys.readouterr().out
    parts = [row['part'] for row in written['results']]
    assert {part: parts.count(part) for part in parts} == {
        'encode': 12,
        'loss': 6,
        'decode': 6,
        'growth': 4,
    }
    assert {'cores', 'load', 'torch'} <= set(written['machine'])
    assert all(row['what'] in printed and row['value'] > 0 for row in written['results'])
    assert benchmark.main(['--out', str(out), *options]) == 2  # an existing result is kept
    assert 'error:' in capsys.readouterr().err


@pytest.mark.parametrize('codec', CODECS)
def test_rivals_do_the_same_work(benchmark, codec):
    case = benchmark.Case(codec, 2, 5, 'cpu')
    for ours, theirs in zip(case.drawn(), case.stacked(), strict=True):
        np.testing.assert_allclose(ours.view(theirs.shape), theirs, atol=1e-6)
    torch.testing.assert_close(case.trained(), case.trained_one_by_one(), rtol=1e-5, atol=1e-9)
