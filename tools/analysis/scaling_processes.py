"""Two processes of one thread each that train together over gloo, and what was to be expected."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from benchmark_run import machine
from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope
from torch import Tensor, distributed, multiprocessing, nn
from torch.nn.parallel import DistributedDataParallel
from training_cases import Way, draw_pictures

from mmlandmark.apis.scaling import ring_seconds
from mmlandmark.errors import LandmarkError

NAME, WORLD, OPTIONS = 'RTMPose-t', 2, ('targets',)
Found = dict[str, Any]


def measured_rows(size: int, batch: int, repeats: int, limit: float) -> list[dict[str, Any]]:
    """Return seconds a step alone, side by side and together, and the efficiencies.

    The work of a process is always the same. ``side by side`` sends nothing, so that its
    difference to ``alone`` is what processes of one machine take from each other; ``together`` also
    averages the gradients.

    Args:
        size: Side of the inputs.
        batch: Samples of a process.
        repeats: Rounds; the ways take turns.
        limit: Seconds that all of it may take.

    Raises:
        LandmarkError: It has taken longer.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        draw_pictures(folder, (320, 240), 0.6)
        run_processes(_measure, (folder, size, batch, repeats), limit)
        found = torch.load(folder / 'seconds.pt', weights_only=True)
    return summary_rows(found)


def run_processes(work: Callable[..., None], args: tuple[Any, ...], limit: float) -> None:
    """Call ``work(rank, *args)`` in each process, and end them where they take too long.

    Args:
        work: What a process does.
        args: What it is given behind its rank.
        limit: Seconds.

    Raises:
        LandmarkError: They have not ended within the limit.
    """
    context = multiprocessing.start_processes(work, args, WORLD, join=False, start_method='fork')
    end = time.monotonic() + limit
    try:
        while not context.join(max(end - time.monotonic(), 0)):
            if time.monotonic() >= end:
                raise LandmarkError(
                    f'{WORLD} processes have not ended within {limit:g} s; give fewer --repeats, '
                    'or a higher --limit on a busy machine'
                )
    finally:
        for process in context.processes:
            process.kill()
            process.join()


def summary_rows(found: Found) -> list[dict[str, Any]]:
    """Return the rows of what was measured.

    Args:
        found: ``seconds``: of each way, in each round; ``bytes``: of the gradients.
    """
    middle = {way: statistics.median(values) for way, values in found['seconds'].items()}
    expected = middle['side by side'] + middle['averaging alone']
    rows = [{'what': way, 'seconds': value} for way, value in middle.items()]
    return rows + [
        {'what': 'together, if nothing overlaps', 'seconds': expected},
        {'what': 'gradients, MB', 'value': found['bytes'] / 1e6},
        {'what': 'efficiency: alone / together', 'value': middle['alone'] / middle['together']},
        {'what': 'of it, sharing: alone / side by side'}
        | {'value': middle['alone'] / middle['side by side']},
        {'what': 'of it, averaging: side by side / together'}
        | {'value': middle['side by side'] / middle['together']},
        {'what': 'rate of the ring, MB/s'}
        | {'value': found['bytes'] / 1e6 / middle['averaging alone'] * ring_seconds(1, 2, 1, 0)},
        {'what': 'load of the machine', 'value': machine()['load'][0]},
    ]


def _measure(rank: int, folder: Path, size: int, batch: int, repeats: int) -> None:
    torch.set_num_threads(1)
    init_default_scope('mmpose')
    MMLogger.get_instance('mmengine', log_level='WARNING')  # the optimiser names every weight
    distributed.init_process_group(
        'gloo', f'file://{folder / "meeting"}', rank=rank, world_size=WORLD
    )
    found = _rounds(rank, folder, size, batch, repeats)
    if rank == 0:
        torch.save(found, folder / 'seconds.pt')
    # After the frame that held the model: a wrapper that dies last ends the threads of the group
    # while it holds the interpreter's lock, for which one of them may wait.
    distributed.destroy_process_group()


def _rounds(rank: int, folder: Path, size: int, batch: int, repeats: int) -> Found:
    way = Way(NAME, OPTIONS, folder, size, batch, 'cpu')
    flat = torch.cat([weight.detach().flatten() for weight in way.model.parameters()])
    model = _Losses(way.model)
    together = DistributedDataParallel(model, broadcast_buffers=False)  # as MMEngine's
    optimizer = way.optim.optimizer

    def step(sends: bool) -> None:
        data = way.batch()
        # not by no_sync: its forward pass may still wait for the other process, to rebuild buckets
        (together if sends else model)(data).backward()
        optimizer.step()
        optimizer.zero_grad()

    ways: dict[str, Callable[[], Any]] = {
        'alone': lambda: step(False) if rank == 0 else None,
        'side by side': lambda: step(False),
        'together': lambda: step(True),
        'averaging alone': lambda: distributed.all_reduce(flat),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for turn in range(repeats + 1):
        for name, call in ways.items():
            distributed.barrier()
            start = time.perf_counter()
            call()
            distributed.barrier()
            if turn:
                seconds[name].append(time.perf_counter() - start)
    return dict(seconds=seconds, bytes=flat.nbytes)


class _Losses(nn.Module):
    """A model whose forward pass gives its loss, as gradients of several processes need."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, data: dict[str, Any]) -> Tensor:
        data = self.model.data_preprocessor(data, True)
        losses = self.model(**data, mode='loss')
        return self.model.parse_losses(losses)[0]
