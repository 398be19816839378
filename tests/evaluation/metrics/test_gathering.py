"""Samples of several processes as one tensor, against MMEngine's pickles."""

from __future__ import annotations

import json
from itertools import chain, zip_longest
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from hypothesis import given, settings
from hypothesis import strategies as st
from mmengine.dist import get_rank, get_world_size
from mmengine.evaluator import Evaluator
from mmengine.registry import DefaultScope
from mmpose.registry import METRICS
from processes import run_two

from evaluation.conftest import random_labelled
from mmlandmark.evaluation.metrics import gathering
from mmlandmark.evaluation.metrics.gathering import from_bytes, in_turns, to_bytes
from mmlandmark.evaluation.metrics.packed_samples import PackedSamples, one_table, texts

SHARES = {'even': (6, 5), 'unequal': (8, 3), 'none': (11, 0), 'none of the first': (0, 11)}
PARTS = st.lists(st.lists(st.integers(0, 99), max_size=6), min_size=1, max_size=4)
CONFIGS = [
    dict(type='LandmarkNME', norm='bbox', group_by='kind', per_keypoint=True),
    dict(type='LandmarkPCK', thr=0.1, norm='head_size', prefix='own'),
    dict(type='LandmarkAUC', norm='bbox'),
]


def packed(numbers):
    """Samples that hold their number once for each instance, and as a text."""
    counts = [number % 3 for number in numbers]
    rows = np.repeat(np.array(numbers, np.float64), counts)
    table = one_table('rows', counts, {'value': rows[:, None] + [[0.0, 0.5]]})
    words = one_table('words', [1] * len(counts), {'word': texts(str(n) for n in numbers)})
    return PackedSamples(len(counts), {**table.tables, **words.tables})


def same(one, other):
    assert len(one) == len(other) and list(one.tables) == list(other.tables)
    assert one.lacking == other.lacking
    for name, table in one.tables.items():
        np.testing.assert_array_equal(table.counts, other.tables[name].counts)
        assert list(table.columns) == list(other.tables[name].columns)
        for key, column in table.columns.items():
            np.testing.assert_array_equal(column, other.tables[name].columns[key])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 99), max_size=6), min_size=1, max_size=4), st.integers(0, 9)
)
def test_turns_are_those_of_mmengine(parts, size):
    merged = in_turns([from_bytes(to_bytes(packed(part))) for part in parts], size)
    expected = [n for n in chain.from_iterable(zip_longest(*parts)) if n is not None][:size]
    assert len(merged) == len(expected)
    if expected:
        same(merged, packed(expected))


def test_bytes_hold_every_kind_of_column():
    columns = {
        'float': np.array([np.nan, 1e300]),
        'bool': np.array([[True, False], [False, False]]),
        'small': np.array([1, 2], np.uint8),
        'text': texts(['é', 'longer']),
        'wide': np.array(['ab', 'c']),
    }
    one = one_table('rows', [2, 0], columns)
    same(from_bytes(to_bytes(one)), one)
    same(from_bytes(to_bytes(PackedSamples())), PackedSamples())


def test_a_column_that_one_process_lacks_is_counted():
    full = one_table('rows', [1, 1], {'a': np.ones(2), 'b': np.ones(2)})
    bare = one_table('rows', [1], {'a': np.ones(1)})
    merged = in_turns([full, PackedSamples(), bare], 3)
    assert merged.lacking == {'b': 1} and list(merged.tables['rows'].columns) == ['a']


def figures(share: tuple[int, int], size: int = 11) -> dict[str, float]:
    """Evaluate this process's share of eleven samples; the rest of the turns is padding."""
    labelled = random_labelled(size)
    samples = labelled.samples()
    for i, sample in enumerate(samples):
        sample['kind'] = 'odd' if i % 2 else 'even'
    rank, world = get_rank(), get_world_size()
    mine = range(size)
    if world > 1:
        turns = [(r, i) for i in range(max(share)) for r in range(world) if i < share[r]]
        mine = [n % size for n, (r, _) in enumerate(turns) if r == rank]
    with DefaultScope.overwrite_default_scope('mmpose'):
        evaluator = Evaluator([dict(config) for config in CONFIGS])
    evaluator.dataset_meta = {}
    for start in range(0, len(mine), 4):
        evaluator.process([samples[i] for i in mine[start : start + 4]])
    return evaluator.evaluate(size)


def failing() -> dict[str, list[dict]]:
    """Samples of this process, of which the second cannot be measured, or not with the first."""
    one, other = random_labelled(2).samples(), random_labelled(2, keypoints=7).samples()
    broken = [dict(sample, gt_instances={}) for sample in one]
    shorter = [dict(sample, gt_instances=one[0]['gt_instances']) for sample in other]
    second = get_rank() == 1
    return {
        'nothing': [],
        'refused': shorter if second else one,
        'broken': broken if second else one,
        'different': other if second else one,
        'first': one if second else shorter,
    }


def error_of(samples: list[dict]) -> list[str]:
    """The error of a metric over both processes, and what a right evaluation gives after it."""
    metric = METRICS.build(dict(type='LandmarkMPJPE'))
    metric.dataset_meta = {}
    for sample in samples:
        metric.process(None, [sample])
    try:
        metric.evaluate(4)
    except Exception as error:
        said = [type(error).__name__, str(error)]
    metric.process(None, random_labelled(2).samples())
    return [*said, metric.evaluate(4)]


def work(folder: Path) -> None:
    """Measure with every way to share, padding included, then something that fails."""
    found = {name: figures(share) for name, share in {**SHARES, 'padded': (7, 7)}.items()}
    found |= {name: error_of(samples) for name, samples in failing().items()}
    (folder / f'{get_rank()}.json').write_text(json.dumps(found))


@pytest.mark.slow
def test_two_processes_give_exactly_what_one_gives(tmp_path):
    run_two(work, tmp_path)
    first, second = (json.loads((tmp_path / f'{rank}.json').read_text()) for rank in range(2))
    for name, part in {
        'nothing': 'LandmarkMPJPE: no samples were evaluated',
        'refused': 'annotation 100: predictions (1, 7, 2) for labels (1, 5, 2)',
        'different': 'pred has shape (5, 2) in some samples and (7, 2) in others',
        'first': 'annotation 100: predictions (1, 7, 2) for labels (1, 5, 2)',
    }.items():
        told = first.pop(name)
        assert told == second.pop(name)
        assert told[0] == 'LandmarkError' and part in told[1] and told[2]['MPJPE/pixel'] > 0
    assert [found.pop('broken')[:2] for found in (first, second)] == [
        ['LandmarkError', "KeyError: 'keypoints'"],
        ['KeyError', "'keypoints'"],  # with its traceback where it came up
    ]
    assert first == second
    alone = figures((11, 0))
    assert {'NME/bbox/kind=odd', 'own/PCK/head_size@0.1'} <= set(alone)
    assert first == dict.fromkeys([*SHARES, 'padded'], alone)


def test_nothing_is_pickled(monkeypatch, labelled):
    """Two processes in one: what leaves is a tensor of bytes and its length."""
    sent = []

    def all_gather(tensor):
        sent.append(tensor)
        return [tensor, tensor]

    monkeypatch.setattr(gathering, 'get_world_size', lambda: 2)
    monkeypatch.setattr(gathering, 'all_gather', all_gather)
    metric = METRICS.build(dict(type='LandmarkMPJPE'))
    metric.dataset_meta = {}
    metric.process(None, labelled.samples())
    metric.evaluate(80)
    assert metric.last_results['MPJPE/pixel'].num_points == 2 * (labelled.visible > 0).sum()
    assert len(sent) == 2 and int(sent[0]) == len(sent[1])
    points = labelled.pred.nbytes + labelled.target.nbytes
    assert points < len(sent[1]) < 1.5 * points
