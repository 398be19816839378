"""A training that is killed and resumed sees the batches that it would have seen."""

import hashlib

import pytest
import torch
from mmengine.hooks import Hook
from mmengine.model import BaseModel
from mmengine.registry import init_default_scope
from mmengine.runner import Runner

from datasets.picture_sets import two_sets


class Killed(Exception):
    """Stands for a signal."""


class Toy(BaseModel):
    """Anything that can be trained on pose samples."""

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(1))

    def forward(self, inputs, data_samples, mode):
        return {'loss': self.weight.sum()}


class Record(Hook):
    """Keeps what every batch holds: ids and a digest of pictures and targets."""

    def __init__(self, kill_at=None):
        self.batches, self.kill_at = {}, kill_at

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        if runner.iter == self.kill_at:
            raise Killed
        digest = hashlib.sha256()
        samples = data_batch['data_samples']
        for picture, sample in zip(data_batch['inputs'], samples, strict=True):
            digest.update(picture.numpy().tobytes())
            digest.update(sample.gt_fields.heatmaps.numpy().tobytes())
        seen = [(sample.dataset_name, sample.id) for sample in samples]
        self.batches[runner.iter] = (seen, digest.hexdigest())


@pytest.fixture(autouse=True)
def scope():
    init_default_scope('mmpose')


@pytest.fixture
def train(tmp_path):
    sets = two_sets(tmp_path / 'sets', 7, 3)

    def run(name, by_epoch, workers, kill_at=None, resume=False):
        record = Record(kill_at)
        length = {'max_epochs': 3} if by_epoch else {'max_iters': 9}
        runner = Runner(
            Toy(),
            str(tmp_path / name),
            train_dataloader={
                'batch_size': 3,
                'num_workers': workers,
                'persistent_workers': workers > 0,
                'dataset': {'type': 'MultiKeypointDataset', 'datasets': sets},
                'sampler': {
                    'type': 'FixedShareSampler',
                    'batch_size': 3,
                    'shares': {'square': 2, 'cross': 1},
                },
            },
            train_cfg={'by_epoch': by_epoch, **length},
            optim_wrapper={'optimizer': {'type': 'SGD', 'lr': 0.1}},
            default_hooks={
                'checkpoint': {
                    'type': 'CheckpointHook',
                    'interval': 1 if by_epoch else 4,
                    'by_epoch': by_epoch,
                },
                'logger': None,
                'sampler_seed': {'type': 'DistSamplerSeedHook'},
            },
            custom_hooks=[record],
            randomness={'seed': 0},
            resume=resume,
            default_scope='mmpose',
            experiment_name=f'{name}-{by_epoch}-{workers}-{kill_at}',
            log_level='ERROR',
        )
        try:
            runner.train()
        except Killed:
            assert kill_at is not None
        return record.batches

    return run


@pytest.mark.parametrize('by_epoch', [True, False])
def test_a_killed_and_resumed_training_sees_the_same_batches(train, by_epoch):
    whole = train('whole', by_epoch, workers=0)
    steps = 12 if by_epoch else 9
    assert list(whole) == list(range(steps))
    assert len(set(digest for _, digest in whole.values())) == steps

    before = train('killed', by_epoch, workers=2, kill_at=6)
    assert before == {step: whole[step] for step in range(6)}
    after = train('killed', by_epoch, workers=2, resume=True)
    assert after == {step: whole[step] for step in range(4, steps)}
