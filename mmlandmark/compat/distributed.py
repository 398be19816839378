"""Several processes without a GPU.

MMEngine calls ``torch.cuda.set_device`` when it joins the processes, and hands CUDA device ids to
the model wrapper. Where there is no accelerator, the gloo group is made here, before MMEngine
looks for one, and the config gets a wrapper without device ids.
"""

from __future__ import annotations

import atexit
import datetime
import os
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any

from mmlandmark.compat.amp import has_accelerator
from mmlandmark.errors import LandmarkError

_DEFAULT_PORT = '29500'


def _slurm_environment() -> dict[str, str]:
    env = os.environ
    address = env.get('MASTER_ADDR')
    if address is None:
        command = ['scontrol', 'show', 'hostname', env['SLURM_NODELIST']]
        address = subprocess.run(
            command, capture_output=True, text=True, check=True
        ).stdout.split()[0]
    return {
        'MASTER_ADDR': address,
        'RANK': env['SLURM_PROCID'],
        'WORLD_SIZE': env['SLURM_NTASKS'],
        'LOCAL_RANK': env.get('SLURM_LOCALID', '0'),
    }


def _mpi_environment() -> dict[str, str]:
    prefix = 'OMPI_COMM_WORLD'
    env = {name: os.environ[f'{prefix}_{name}'] for name in ('RANK', 'LOCAL_RANK')}
    return {**env, 'WORLD_SIZE': os.environ[f'{prefix}_SIZE']}


def _join(launcher: str, dist_cfg: Any) -> None:
    import torch.distributed as dist

    try:
        if launcher == 'slurm':
            os.environ.update(_slurm_environment())
        elif launcher == 'mpi':
            os.environ.update(_mpi_environment())
    except KeyError as error:
        raise LandmarkError(
            f'--launcher {launcher}: the environment variable {error} is not set'
        ) from error
    port = dist_cfg.get('port')
    if port is not None:
        os.environ['MASTER_PORT'] = str(port)
    os.environ.setdefault('MASTER_PORT', _DEFAULT_PORT)
    for name in ('RANK', 'WORLD_SIZE', 'MASTER_ADDR'):
        if name not in os.environ:
            raise LandmarkError(
                f'--launcher {launcher}: the environment variable {name} is not set; '
                'start the processes with tools/dist_train.sh or torchrun'
            )
    timeout = dist_cfg.get('timeout')
    seconds = {} if timeout is None else {'timeout': datetime.timedelta(seconds=timeout)}
    dist.init_process_group('gloo', **seconds)


def _revert_sync_bn(node: Any) -> int:
    """Turn ``SyncBN`` (CUDA only) into ``BN`` inside a config; return how many were found."""
    if isinstance(node, (list, tuple)):
        return sum(_revert_sync_bn(item) for item in node)
    if not isinstance(node, dict):
        return 0
    found = int(node.get('type') == 'SyncBN')
    if found:
        node['type'] = 'BN'
    return found + sum(_revert_sync_bn(value) for value in node.values())


def _section(cfg: Any, name: str) -> Any:
    """Return a dict inside a config, made if absent (a config stores copies)."""
    if cfg.get(name) is None:
        cfg[name] = {}
    return cfg[name]


def prepare_processes(cfg: Any) -> list[str]:
    """Join the processes over gloo and fit the config to the CPU, where there is no accelerator.

    Args:
        cfg: The config with ``launcher`` set, changed in place.

    Returns:
        Lines for the log.

    Raises:
        LandmarkError: The launcher's environment variables are not set.
    """
    if cfg.get('launcher', 'none') == 'none' or has_accelerator():
        return []
    dist_cfg = _section(_section(cfg, 'env_cfg'), 'dist_cfg')
    _join(cfg.launcher, dist_cfg)
    dist_cfg['backend'] = 'gloo'
    wrapper = _section(cfg, 'model_wrapper_cfg')
    wrapper.setdefault('type', 'MMDistributedDataParallel')
    wrapper.setdefault('broadcast_buffers', False)
    wrapper.setdefault('find_unused_parameters', cfg.get('find_unused_parameters', False))
    wrapper['device_ids'] = None
    notes = ['Several processes: no GPU found, so the gloo backend is used.']
    reverted = _revert_sync_bn(cfg.get('model'))
    if reverted:
        notes.append(f'SyncBN needs a GPU: {reverted} norm settings use BN instead.')
    return notes


def leave_processes(status: int = 0) -> None:
    """End this process if it is one of several over gloo; otherwise leave the group and return.

    Some processes over gloo abort when they end, after all work was done ("terminate called
    without an active exception"), more often on a busy machine. The likely reason, which was not
    isolated: gloo's threads can outlive ``destroy_process_group``, and one that wants the
    interpreter's lock while the interpreter is taken down is ended inside C++ code that may not
    throw.
    So such a process ends without taking its interpreter down, after all that a normal end does
    for its user: threads joined, exit functions run, output written.

    Args:
        status: Exit status of the process. Not 0 means that the work failed; the others may no
            longer answer then, so that the group is not left in an orderly way.
    """
    import torch.distributed as dist

    if not (dist.is_available() and dist.is_initialized()):
        return
    over_gloo = dist.get_backend() == 'gloo'
    if status == 0:
        dist.destroy_process_group()
    if over_gloo:
        _end_process(status)


def _end_process(status: int) -> None:
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # a closed pipe, a closed file
            stream.flush()
    os._exit(status)
