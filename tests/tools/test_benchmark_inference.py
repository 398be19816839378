"""The benchmark of inference runs, asks rivals the same and writes what it prints. No timing is
asserted."""

from __future__ import annotations

import importlib
import json
import os
from pathlib import Path

import pytest

import mmlandmark  # noqa: F401
from mmlandmark import memory

pytest.importorskip('mmpose')
FOLDER = Path(__file__).resolve().parents[2] / 'tools' / 'analysis'
OPTIONS = ['--models', 'RTMPose-t', '--boxes', '2', '--flip-test', 'on', '--repeats', '1']


@pytest.fixture
def benchmark(monkeypatch):
    """The script as a module."""
    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module('benchmark_inference')


def test_each_part_runs_and_is_written(benchmark, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(benchmark, 'OPTIONS', {'fuse': benchmark.OPTIONS['fuse']})
    out = tmp_path / 'out.json'
    options = [*OPTIONS, '--files', '--out', str(out)]
    assert benchmark.main(['--parts', 'calls', 'profile', 'options', *options]) == 0
    written, printed = json.loads(out.read_text()), capsys.readouterr().out
    results = written['results']
    assert [len(results[part]) for part in ('calls', 'profile', 'options')] == [1, 2, 1]
    assert results['calls'][0]['goal'] == '>= 2' and results['calls'][0]['boxes / s'] > 0
    for row in results['calls'] + results['options']:
        assert row['what'] in printed and row['value'] > 0
    for row in results['profile']:
        parts = ('crops', 'inputs', 'network', 'decoding', 'rest')
        assert all(row[part] > 0 for part in parts[:4]), 'a part that is not called is not timed'
        assert sum(row[part] for part in parts) == pytest.approx(row['whole'])
    assert benchmark.main(options) == 2  # an existing result is kept
    assert 'error:' in capsys.readouterr().err


def test_rivals_find_the_same(benchmark, tmp_path):
    import numpy as np
    from mmpose.apis import inference_topdown

    args = benchmark.parse_args([*OPTIONS, '--per-picture', '2', '--boxes', '3'])
    bench = importlib.import_module('inference_rivals').Bench(args, 'RTMPose-t', 3, tmp_path)
    assert [len(boxes) for boxes in bench.boxes] == [2, 1]
    bench.model.test_cfg['flip_test'] = True
    for result, picture in zip(bench.ours(True)(), bench.pictures, strict=True):
        samples = inference_topdown(bench.model, picture, result.boxes)
        for found, sample in zip(result.landmarks, samples, strict=True):
            expected = sample.pred_instances.keypoints[0]
            near = np.abs(found.points - expected).max(axis=1) < 1e-2
            assert near.mean() > 0.95  # maxima of weights by chance may be shared


def test_memory_is_kept_by_ours_alone_in_a_process_of_its_own(benchmark, tmp_path, monkeypatch):
    """What a process is told to keep shows in a file: each is forked from this one."""
    asked, out = tmp_path / 'asked', tmp_path / 'out.json'

    def keep_memory() -> bool:
        with asked.open('a') as file:
            file.write(f'{os.getpid()}\n')
        return True

    monkeypatch.setattr(memory, 'keep_memory', keep_memory)
    monkeypatch.setattr(
        benchmark, 'OPTIONS', {'keep memory': benchmark.OPTIONS['keep memory'] | benchmark.PLAIN}
    )
    options = [*OPTIONS, '--boxes', '1', '--flip-test', 'off', '--out', str(out)]
    assert benchmark.main([*options, '--keep-memory', '--parts', 'calls', 'options']) == 0
    processes = asked.read_text().split()
    assert len(processes) == len({*processes, str(os.getpid())}) - 1 == 2  # one in each part
    results = json.loads(out.read_text())['results']
    assert all(row['value'] > 0 for row in results['calls'] + results['options'])


def test_memory_is_not_kept_for_a_gpu(benchmark, capsys):
    assert benchmark.main(['--keep-memory', '--device', 'cuda', *OPTIONS]) == 2
    assert 'error: --keep-memory on cuda: expected --device cpu' in capsys.readouterr().err
