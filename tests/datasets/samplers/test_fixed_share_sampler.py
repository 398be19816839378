import itertools
from collections import Counter

import pytest
import torch
from coco_files import CROSS, SQUARE
from mmengine.registry import init_default_scope
from mmpose.datasets import CocoDataset, CombinedDataset
from mmpose.datasets.samplers import MultiSourceSampler
from mmpose.registry import DATA_SAMPLERS
from torch.utils.data import DataLoader

from datasets.picture_sets import two_sets
from mmlandmark.datasets import FixedShareSampler, MultiKeypointDataset
from mmlandmark.errors import LandmarkError


@pytest.fixture(autouse=True)
def scope():
    init_default_scope('mmpose')


@pytest.fixture(scope='module')
def data_set(tmp_path_factory):
    init_default_scope('mmpose')
    return MultiKeypointDataset(two_sets(tmp_path_factory.mktemp('sets'), 11, 3))


@pytest.fixture
def processes(monkeypatch):
    """Make samplers as process ``rank`` of ``world`` would."""

    def make(data_set, rank, world, **options):
        where = 'mmlandmark.datasets.samplers.fixed_share_sampler.get_dist_info'
        monkeypatch.setattr(where, lambda: (rank, world))
        options = {'batch_size': 3, 'shares': {'square': 2, 'cross': 1}, 'seed': 0, **options}
        return FixedShareSampler(data_set, **options)

    return make


def stream(sampler, epoch):
    sampler.set_epoch(epoch)
    return [(int(index), index.seed) for index in sampler]


@pytest.mark.parametrize('world', [1, 2, 3])
def test_an_epoch_is_every_sample_of_the_largest_set_once(data_set, processes, world):
    samplers = [processes(data_set, rank, world) for rank in range(world)]
    seen = Counter()
    for sampler in samplers:
        taken = stream(sampler, 4)
        assert len(taken) == len(sampler)
        seen.update(index for index, _ in taken)
    assert [seen[i] for i in range(11)] == [1] * 11
    assert len({-(-len(sampler) // 3) for sampler in samplers}) == 1


def test_a_data_loader_gives_the_shares_in_each_full_batch(data_set, processes):
    loader = DataLoader(data_set, batch_size=3, sampler=processes(data_set, 0, 1), collate_fn=list)
    batches = [Counter(s['data_samples'].dataset_name for s in batch) for batch in loader]
    assert len(batches) == len(loader) == 6
    assert batches[:-1] == [{'square': 2, 'cross': 1}] * 5
    assert batches[-1] == {'square': 1, 'cross': 1}


def test_a_sampler_that_went_on_equals_a_fresh_one_of_that_epoch(data_set, processes):
    running = processes(data_set, 0, 1)
    epochs = [stream(running, epoch) for epoch in range(4)]
    assert stream(processes(data_set, 0, 1), 3) == epochs[3]
    assert len({tuple(epoch) for epoch in epochs}) == 4
    # seeds of the augmentation differ too, where the samples are the same
    assert not set(epochs[0]) & set(epochs[1])
    assert stream(processes(data_set, 0, 1, seed=1), 0) != epochs[0]
    assert stream(processes(data_set, 1, 2), 0) != stream(processes(data_set, 0, 2), 0)


def test_a_run_without_a_seed_draws_one(data_set, processes):
    sampler = processes(data_set, 0, 1, seed=None)
    assert stream(sampler, 0) == stream(processes(data_set, 0, 1, seed=sampler.seed), 0)


def test_it_is_built_by_name_and_knows_its_batch_size(data_set):
    config = {'type': 'FixedShareSampler', 'batch_size': 4, 'shares': {'square': 3, 'cross': 1}}
    sampler = DATA_SAMPLERS.build(config, default_args={'dataset': data_set, 'seed': 5})
    assert (sampler.batch_size, sampler.counts) == (4, {'square': 3, 'cross': 1})
    sampler.check_batch_size(4)
    with pytest.raises(LandmarkError, match='sampler.batch_size is 4, the data loader takes 8'):
        sampler.check_batch_size(8)


def test_the_plan_is_logged(data_set, processes, monkeypatch):
    lines = []
    where = 'mmlandmark.datasets.samplers.fixed_share_sampler.print_log'
    monkeypatch.setattr(where, lambda message, **_: lines.append(message))
    processes(data_set, 0, 1)
    assert lines == [
        'a batch of 3: 2 square, 1 cross; an epoch: 6 batches a process, square 1x, cross 2x'
    ]


def test_other_data_sets_are_refused(data_set):
    with pytest.raises(LandmarkError, match='needs a MultiKeypointDataset, found CocoKeypoint'):
        FixedShareSampler(data_set.datasets['square'], 4, {'square': 1})


def _combined(folder):
    """The same two sets as MMPose combines them, the smaller one empty on request."""
    sets = []
    for config, schema in zip(two_sets(folder, 11, 3).values(), (SQUARE, CROSS), strict=True):
        options = {key: config[key] for key in ('ann_file', 'data_prefix')}
        sets.append(CocoDataset(**options, metainfo=schema.to_metainfo()))
    combined = CombinedDataset.__new__(CombinedDataset)
    combined.datasets, combined._lens = sets, [len(each) for each in sets]
    combined._len = sum(combined._lens)
    combined._fully_initialized = True
    return combined


def test_mmpose_repeats_its_batches_after_a_resume_and_ours_does_not(tmp_path, data_set, processes):
    def fresh(epoch):
        sampler = MultiSourceSampler(_combined(tmp_path), 3, [2, 1], seed=0)
        sampler.set_epoch(epoch)
        return list(sampler)

    # a training that resumes at epoch 3 sees epoch 0 again: set_epoch does nothing there
    assert fresh(3) == fresh(0)
    assert stream(processes(data_set, 0, 1), 3) != stream(processes(data_set, 0, 1), 0)


def test_mmpose_shows_the_largest_set_twice_in_an_epoch_and_ours_does_not(tmp_path):
    # its epoch is as long as all sets together, so it begins the largest one again
    seen = Counter(MultiSourceSampler(_combined(tmp_path), 3, [2, 1], seed=0))
    assert sum(seen[i] for i in range(11)) != 11


def test_mmpose_never_comes_to_an_end_over_an_empty_set_and_ours_refuses_it(tmp_path):
    sampler = MultiSourceSampler(_combined(tmp_path), 3, [2, 1], seed=0)
    draws = []
    original = torch.randperm

    def counted(size, **options):
        draws.append(size)
        if len(draws) == 50:
            raise TimeoutError
        return original(size, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch, 'randperm', counted)
        with pytest.raises(TimeoutError):
            next(itertools.islice(sampler._infinite_indices(0), 1))
    assert draws == [0] * 50
    sets = two_sets(tmp_path / 'ours', 3, 0)
    with pytest.raises(LandmarkError, match="data set 'cross': .*0 instances.*at least 1"):
        MultiKeypointDataset(sets)


def test_mmpose_never_comes_to_an_end_over_a_share_rounded_to_none_and_ours_refuses_it(
    tmp_path, data_set
):
    sampler = MultiSourceSampler(_combined(tmp_path), 3, [10, 1], seed=0)
    assert sampler.num_per_source == [3, 0]
    whole, drawn = sampler.source2inds[1], []

    def limited():
        for index in whole:
            drawn.append(index)
            if len(drawn) == 500:
                raise TimeoutError
            yield index

    sampler.source2inds[1] = limited()
    with pytest.raises(TimeoutError):
        iter(sampler)
    with pytest.raises(LandmarkError, match="share 1 of data set 'cross' is 0.27 samples"):
        FixedShareSampler(data_set, 3, {'square': 10, 'cross': 1})
