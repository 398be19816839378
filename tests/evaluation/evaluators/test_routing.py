"""Padding is dropped whatever the size, the batches and the number of processes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.dataset import DefaultSampler

from mmlandmark.evaluation.evaluators import routing
from mmlandmark.evaluation.evaluators.routing import Batch, PaddingFilter


def passed(monkeypatch, indices, rank, counts, size, batch_size):
    monkeypatch.setattr(routing, 'get_rank', lambda: rank)
    padding, through = PaddingFilter(), []
    for start in range(0, len(indices), batch_size):
        samples = [{'id': i} for i in indices[start : start + batch_size]]
        batches = padding.push(Batch(samples, {'inputs': [s['id'] for s in samples]}))
        through += [(batch.samples, batch.data) for batch in batches]
    held = padding.finish(size, counts)
    through += [(held.samples, held.data)] if held is not None else []
    for samples, data in through:
        assert [s['id'] for s in samples] == data['inputs']
    return [s['id'] for samples, _ in through for s in samples]


@settings(max_examples=60, deadline=None)
@given(
    size=st.integers(1, 30),
    world=st.integers(1, 5),
    batch_size=st.integers(1, 7),
    round_up=st.booleans(),
)
def test_every_sample_once(size, world, batch_size, round_up):
    with pytest.MonkeyPatch.context() as monkeypatch:
        shares = []
        for rank in range(world):
            monkeypatch.setattr('mmengine.dataset.sampler.get_dist_info', lambda r=rank: (r, world))
            sampler = DefaultSampler(range(size), shuffle=False, seed=0, round_up=round_up)
            shares.append(list(sampler))
        counts, seen = [len(share) for share in shares], []
        for rank, share in enumerate(shares):
            seen += passed(monkeypatch, share, rank, counts, size, batch_size)
    assert sorted(seen) == list(range(size))


def test_a_second_evaluation_starts_anew(monkeypatch):
    for _ in range(2):
        assert passed(monkeypatch, [0, 1, 2], 0, [3], 3, 2) == [0, 1, 2]
    # the sampler gave this process sample 0 once more
    assert passed(monkeypatch, [1, 0], 1, [2, 2], 3, 2) == [1]


@pytest.mark.parametrize('inputs', [np.eye(3), torch.eye(3), [*np.eye(3)], (1, 2, 3)])
def test_data_of_the_taken_samples(inputs):
    batch = Batch([{'id': i} for i in range(3)], {'inputs': inputs, 'note': 'three', 'one': [1]})
    taken = batch.take([2, 0])
    assert [s['id'] for s in taken.samples] == [2, 0]
    assert [np.asarray(v).tolist() for v in taken.data['inputs']] == [
        np.asarray(inputs[i]).tolist() for i in (2, 0)
    ]
    assert taken.data['note'] == 'three' and taken.data['one'] == [1]
    assert Batch([{}, {}]).take([1]).data is None


@settings(max_examples=40, deadline=None)
@given(counts=st.lists(st.integers(0, 7), min_size=1, max_size=4), batch_size=st.integers(1, 4))
def test_processes_may_have_any_number_of_samples(counts, batch_size):
    size, seen = sum(counts), []
    left = iter(range(size))
    with pytest.MonkeyPatch.context() as monkeypatch:
        for rank, count in enumerate(counts):
            share = [next(left) for _ in range(count)]
            seen += passed(monkeypatch, share, rank, counts, size, batch_size)
    assert seen == list(range(size))
