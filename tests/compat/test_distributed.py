"""What the config becomes for several processes; tests/tools/test_launch.py runs them."""

import os
import subprocess
import sys

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


# What happens to a process over gloo now and then, done every time: taking down the interpreter
# aborts. What a normal end does for its user is to be seen afterwards. Of the package only this one
# module is imported, which is all but one part of the cost.
ENDING = """
import atexit, os, sys, threading, time
sys.modules['mmpose'] = None
import torch.distributed as dist
from mmlandmark.compat.distributed import leave_processes


class Fatal:
    abort = staticmethod(os.abort)

    def __del__(self):
        self.abort()


for status in (0, 2):
    if not os.fork():
        break  # one that has imported and done no more
    _, ended = os.wait()
    print('status', os.waitstatus_to_exitcode(ended), flush=True)
else:
    sys.exit()
fatal = Fatal()
store = dist.FileStore(f'{sys.argv[1]}{status}', 1)
dist.init_process_group('gloo', store=store, rank=0, world_size=1)
atexit.register(lambda: print('exit functions have run'))
threading.Thread(target=lambda: (time.sleep(0.2), print('threads have ended'))).start()
leave_processes(status)
"""


def test_a_process_over_gloo_ends_whole_without_taking_its_interpreter_down(tmp_path):
    run = subprocess.run(
        [sys.executable, '-c', ENDING, str(tmp_path / 'store')],
        env=os.environ | {'OMP_NUM_THREADS': '1'},
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert run.returncode == 0, run.stderr
    whole = ['threads have ended', 'exit functions have run']
    assert run.stdout.splitlines() == [*whole, 'status 0', *whole, 'status 2'], run.stderr


def test_a_process_of_its_own_goes_on():
    distributed.leave_processes()
    distributed.leave_processes(2)
