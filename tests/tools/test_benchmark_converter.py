"""The benchmark runs, compares like with like and writes what it prints. No timing is asserted."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip('mmpose')
FOLDER = Path(__file__).resolve().parents[2] / 'tools' / 'analysis'
SIZES = {
    '--annotations': 40,
    '--instances': 50,
    '--calls': 3,
    '--pairs': 64,
    '--batch-size': 16,
    '--steps': 1,
    '--repeats': 1,
    '--missing': 0.2,
}
OPTIONS = [str(item) for option in SIZES.items() for item in option]
ROWS = {'convert': 6, 'batch': 2, 'train': 1, 'fit': 2}


@pytest.fixture
def benchmark(monkeypatch):
    """The script as a module, without real pairs unless a test names them."""
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.delenv('MMLANDMARK_DATA', raising=False)
    return importlib.import_module('benchmark_converter')


@pytest.mark.parametrize('part', ROWS)
def test_each_part_runs_and_is_written(benchmark, part, tmp_path, capsys):
    out = tmp_path / 'out.json'
    assert benchmark.main(['--parts', part, '--out', str(out), *OPTIONS]) == 0
    written = json.loads(out.read_text())
    assert [row['part'] for row in written['results']] == [part] * ROWS[part]
    assert {'cores', 'load', 'python', 'torch', 'numpy', 'orjson'} <= set(written['machine'])
    assert written['options']['pairs'] == 64
    printed = capsys.readouterr().out
    for row in written['results']:
        assert row['what'] in printed
        assert 0 < row['from'] <= row['value'] <= row['to']
        if 'goal' in row:
            assert row['reached'] in ('yes', 'no')


def test_real_pairs(benchmark, shared_data, tmp_path):
    out = tmp_path / 'out.json'
    options = ['--parts', 'fit', '--data', str(shared_data), '--out', str(out), *OPTIONS]
    assert benchmark.main(options) == 0
    assert len(json.loads(out.read_text())['results']) == ROWS['fit']


def test_an_existing_result_is_kept(benchmark, tmp_path, capsys):
    out = tmp_path / 'out.json'
    out.write_text('mine')
    assert benchmark.main(['--parts', 'fit', '--out', str(out), *OPTIONS]) == 2
    assert out.read_text() == 'mine' and 'error:' in capsys.readouterr().err


def test_goals_are_judged_by_the_median_of_ratios(benchmark):
    row = benchmark.compared('x', [1.0, 2.0, 1.0], [8.0, 8.0, 9.0], least=7)
    assert (row['value'], row['from'], row['to'], row['reached']) == (8, 4, 9, 'yes')
    row = benchmark.compared('x', [3.0, 2.0, 5.0], [1.0, 1.0, 2.0], most=2)
    assert (row['value'], row['from'], row['to'], row['reached']) == (2.5, 2, 3, 'no')
    assert benchmark.within('x', [0.5, 2.0, 0.7], most=1.0)['reached'] == 'yes'


def test_the_plain_fit_is_the_same_fit(benchmark):
    import torch
    from benchmark_rivals import fit_affine_one_by_one

    from mmlandmark.models.converters import fit_affine

    random = np.random.default_rng(0)
    source = random.normal(size=(200, 5, 2))
    weights = random.dirichlet(np.ones(5), 4)
    noise = 0.05 * random.standard_t(2, size=(200, 4, 2))
    target, supervised = weights @ source + noise, random.random((200, 4)) < 0.8
    prior = np.full((4, 5), 0.2)
    tensors = [torch.as_tensor(a) for a in (source, target, supervised)]
    fit = fit_affine(*tensors, prior=torch.as_tensor(prior), max_iterations=50)
    plain = fit_affine_one_by_one(source, target, supervised, prior, rounds=50)
    assert fit.iterations < 50
    np.testing.assert_allclose(fit.weight.numpy(), plain, atol=1e-3)


def test_single_samples_carry_what_whole_batches_carry(benchmark, tmp_path):
    from benchmark_data import synthetic_pairs
    from benchmark_rivals import SinglePairs

    from mmlandmark.annotations.writer import write_json
    from mmlandmark.datasets import PairedKeypointDataset
    from mmlandmark.schemas import get_schema

    write_json(tmp_path / 'pairs.json', synthetic_pairs(20))
    dataset = PairedKeypointDataset(str(tmp_path / 'pairs.json'), 'coco17', 'mpii16')
    flips = get_schema('coco17').flip_indices, get_schema('mpii16').flip_indices
    single = SinglePairs(dataset.arrays(), flips, scale=0.0, max_share=0.0)
    assert len(single) == len(dataset) == 20
    for index in range(20):
        pair, batch = single[index], dataset[index]
        for side in ('inputs', 'data_samples'):
            assert set(pair[side]) == set(batch[side])
        moved, kept = pair['data_samples']['keypoints'], batch['data_samples']['keypoints'][0]
        # turned or mirrored: the distances of points of no side are as they were
        middle = [get_schema('mpii16').index(name) for name in ('pelvis', 'thorax', 'head_top')]
        apart = np.linalg.norm(moved[middle] - moved[middle[::-1]], axis=1)
        wanted = np.linalg.norm(kept[middle] - kept[middle[::-1]], axis=1)
        np.testing.assert_allclose(apart, wanted, rtol=1e-4)
        assert 0 <= 17 - (pair['inputs']['keypoints_visible'] > 0).sum() <= 1
