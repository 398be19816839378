"""What the config becomes for several processes; tests/tools/test_launch.py runs them."""

import pytest
import torch.distributed as dist
from mmengine.config import Config

from mmlandmark.compat import distributed
from mmlandmark.errors import LandmarkError


@pytest.fixture
def joined(monkeypatch):
    calls = []
    monkeypatch.setattr(dist, 'init_process_group', lambda *a, **k: calls.append((a, k)))
    monkeypatch.setattr(distributed, 'has_accelerator', lambda: False)
    names = ('MASTER_ADDR', 'MASTER_PORT', 'RANK', 'WORLD_SIZE', 'LOCAL_RANK')
    for name in names:
        monkeypatch.setenv(name, '')
        monkeypatch.delenv(name)
    return calls


def test_one_process_changes_nothing(joined):
    cfg = Config(dict(launcher='none'))
    assert distributed.prepare_processes(cfg) == [] and not joined
    assert 'model_wrapper_cfg' not in cfg


def test_an_accelerator_changes_nothing(joined, monkeypatch):
    monkeypatch.setattr(distributed, 'has_accelerator', lambda: True)
    assert distributed.prepare_processes(Config(dict(launcher='pytorch'))) == [] and not joined


def test_the_cpu_gets_gloo_and_no_device_ids(joined, monkeypatch):
    for name, value in dict(MASTER_ADDR='127.0.0.1', RANK='0', WORLD_SIZE='1').items():
        monkeypatch.setenv(name, value)
    cfg = Config(
        dict(
            launcher='pytorch',
            find_unused_parameters=True,
            env_cfg=dict(dist_cfg=dict(backend='nccl', timeout=90)),
            model=dict(neck=[dict(norm_cfg=dict(type='SyncBN', eps=0.1))]),
        )
    )
    notes = distributed.prepare_processes(cfg)
    ((args, kwargs),) = joined
    assert args == ('gloo',) and kwargs['timeout'].total_seconds() == 90
    assert cfg.env_cfg.dist_cfg.backend == 'gloo'
    assert cfg.model_wrapper_cfg == dict(
        type='MMDistributedDataParallel',
        broadcast_buffers=False,
        find_unused_parameters=True,
        device_ids=None,
    )
    assert cfg.model.neck[0].norm_cfg == dict(type='BN', eps=0.1)
    assert len(notes) == 2


def test_a_missing_variable_is_named(joined):
    with pytest.raises(LandmarkError, match='RANK is not set'):
        distributed.prepare_processes(Config(dict(launcher='pytorch')))
    with pytest.raises(LandmarkError, match='launcher mpi.*OMPI_COMM_WORLD_RANK'):
        distributed.prepare_processes(Config(dict(launcher='mpi')))


def test_slurm_variables_are_translated(joined, monkeypatch):
    slurm = dict(SLURM_PROCID='3', SLURM_NTASKS='8', SLURM_LOCALID='1', MASTER_ADDR='node0')
    for name, value in slurm.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(distributed.os, 'environ', dict(distributed.os.environ))
    distributed.prepare_processes(Config(dict(launcher='slurm')))
    env = distributed.os.environ
    assert [env[n] for n in ('RANK', 'WORLD_SIZE', 'LOCAL_RANK')] == ['3', '8', '1']
    assert env['MASTER_PORT'] == '29500' and len(joined) == 1
