"""Work done by two processes that find each other, as under a launcher."""

from __future__ import annotations

import multiprocessing
import os
import traceback
from collections.abc import Callable
from pathlib import Path

TIMEOUT = 300  # seconds; a busy machine takes most of one to import
WORLD = 2


def run_two(work: Callable[[Path], None], folder: Path) -> None:
    """Call ``work(folder)`` in two processes of one gloo group.

    They start in the folder, through which MMEngine collects results. Both come from a server
    that has imported everything once and computed nothing, so that a pair costs little more than
    its work and inherits no threads.

    Args:
        work: A function of a module.
        folder: Where both start; what they have to say goes into files there.
    """
    context = multiprocessing.get_context('forkserver')
    context.set_forkserver_preload(['mmlandmark', 'mmlandmark.models', 'mmlandmark.evaluation'])
    processes = [context.Process(target=_take_part, args=(work, folder, r)) for r in range(WORLD)]
    for process in processes:
        process.start()
    for rank, process in enumerate(processes):
        process.join(TIMEOUT)
        late = process.exitcode is None
        process.kill()
        error = _error_file(folder, rank)
        assert not error.exists(), error.read_text()
        assert not late, f'process {rank} has not ended after {TIMEOUT} s'
        assert process.exitcode == 0


def _take_part(work: Callable[[Path], None], folder: Path, rank: int) -> None:
    import torch

    os.chdir(folder)
    torch.set_num_threads(1)
    meeting = f'file://{folder / "meeting"}'
    try:
        torch.distributed.init_process_group('gloo', meeting, rank=rank, world_size=WORLD)
        work(folder)
        torch.distributed.destroy_process_group()
    except BaseException:
        _error_file(folder, rank).write_text(traceback.format_exc())
        raise


def _error_file(folder: Path, rank: int) -> Path:
    return folder / f'error{rank}.txt'
