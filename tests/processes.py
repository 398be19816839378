"""Tools and pairs of processes, started from a server that has imported everything once.

Importing the stack costs six to twenty seconds of a core, which a process of its own pays anew.
The server of a run of pytest, one for all its workers, pays it once and computes nothing, so that
what it forks costs little more than its work and inherits no threads.
"""

from __future__ import annotations

import atexit
import functools
import multiprocessing
import os
import pickle
import random
import runpy
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from tempfile import TemporaryDirectory

from quick_runners import quicken_runners
from shared_server import ask

REPO = Path(__file__).resolve().parents[1]
TIMEOUT = 300  # seconds; a busy machine takes most of one to import
WORLD = 2
_STARTING = threading.Lock()


def run_tool(
    tool: str | Path,
    *args: object,
    cwd: str | Path | None = None,
    env: Mapping[str, str] = os.environ,
    timeout: float = TIMEOUT,
) -> subprocess.CompletedProcess[str]:
    """Run a tool as ``python TOOL ARGS`` does, from a process that has imported the stack.

    It is a process of its own, with nothing of this one's but the environment: arguments, working
    folder, ``sys.path``, seeds, standard streams (also those of C code and of its own processes)
    and exit status are what a start by hand gives. Only what ``import mmlandmark`` itself does or
    says, and what it takes from the environment, is the server's; a test of that starts Python
    itself. Runners leave out what :mod:`quick_runners` does.

    Args:
        tool: The script, relative to the checkout.
        args: Its arguments, each of which becomes text.
        cwd: The folder it starts in; the checkout by default.
        env: Its environment, to which one thread and the checkout are added.
        timeout: Seconds after which it is ended, with all that it has started.

    Returns:
        What has ended: ``returncode``, ``stdout`` and ``stderr``.

    Raises:
        AssertionError: It has not ended in time; with what it had said by then.
    """
    command = [str(REPO / tool), *map(str, args)]
    given = {**env, 'OMP_NUM_THREADS': '1'}
    given['PYTHONPATH'] = os.pathsep.join(filter(None, [str(REPO), env.get('PYTHONPATH')]))
    path = _path_of(given['PYTHONPATH'])
    status, out, err = ask(_run_tool, command, str(cwd or REPO), given, path, timeout)
    late = status is None
    assert not late, f'{tool} has not ended after {timeout} s; it said:\n{out[-3000:]}{err[-3000:]}'
    return subprocess.CompletedProcess(command, status, out, err)


def run_two(work: Callable[[Path], None], folder: Path) -> None:
    """Call ``work(folder)`` in two processes of one gloo group.

    They start in the folder, through which MMEngine collects results.

    Args:
        work: A function of a module.
        folder: Where both start; what they have to say goes into files there.
    """
    # where they start, modules of tests are found as here
    ask(_run_two, pickle.dumps(work), sys.path, folder)


def _run_tool(
    command: list[str], cwd: str, given: dict[str, str], path: list[str], timeout: float
) -> tuple[int | None, str, str]:
    """The exit status, or None of one that had to be ended, and what it has said."""
    with TemporaryDirectory(prefix='tool-') as said:
        process = _start(_be_tool, command, cwd, given, path, said)
        process.join(timeout)
        status = process.exitcode
        if status is None:
            for end in (os.killpg, os.kill):  # with its own processes, if it has come that far
                with suppress(ProcessLookupError):
                    end(process.pid, signal.SIGKILL)
            process.join()
        return status, *(_read(Path(said) / name) for name in ('stdout', 'stderr'))


def _run_two(work: bytes, path: list[str], folder: Path) -> None:
    processes = [_start(_take_part, work, path, folder, rank) for rank in range(WORLD)]
    for rank, process in enumerate(processes):
        process.join(TIMEOUT)
        late = process.exitcode is None
        process.kill()
        error = _error_file(folder, rank)
        assert not error.exists(), error.read_text()
        assert not late, f'process {rank} has not ended after {TIMEOUT} s'
        assert process.exitcode == 0


def _start(target: Callable[..., None], *args: object) -> ForkServerProcess:
    process = _server().Process(target=target, args=args)
    with _STARTING:
        process.start()
        # else another thread that starts one may read the exit status of this one
        multiprocessing.process._children.discard(process)
    return process


def _server() -> ForkServerContext:
    context = multiprocessing.get_context('forkserver')
    context.set_forkserver_preload(['mmlandmark'])  # what every tool imports first, and no more
    return context


@functools.cache
def _path_of(pythonpath: str) -> list[str]:
    """``sys.path`` of a script but for its own folder, without what pytest adds."""
    return subprocess.run(
        [sys.executable, '-c', 'import sys; print(*sys.path[1:], sep="\\n")'],
        env=os.environ | {'PYTHONPATH': pythonpath},
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()


def _be_tool(
    command: list[str], cwd: str, given: dict[str, str], path: list[str], said: str
) -> None:
    """Become ``python COMMAND``, in a process that the server has just forked."""
    os.setsid()
    multiprocessing.set_start_method(None, force=True)  # as Python chooses
    os.environ.clear()
    os.environ.update(given)
    os.chdir(cwd)
    _open_streams(Path(said))
    _seed()
    quicken_runners()
    sys.argv = command
    sys.path[:] = [str(Path(command[0]).parent), *path]
    try:
        runpy.run_path(command[0], run_name='__main__')
    except SystemExit:
        raise
    except BaseException:
        sys.excepthook(*sys.exc_info())
        sys.exit(1)
    finally:
        atexit._run_exitfuncs()  # which multiprocessing leaves out


def _open_streams(said: Path) -> None:
    """Nothing to read, and two files to write, for all that has these streams at any level."""
    for number, file in enumerate((Path(os.devnull), said / 'stdout', said / 'stderr')):
        opened = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = os.fdopen(1, 'w', closefd=False)
    sys.stderr = os.fdopen(2, 'w', buffering=1, errors='backslashreplace', closefd=False)


def _seed() -> None:
    """Processes that start anew draw other numbers, unless they seed."""
    import numpy as np
    import torch

    random.seed()
    np.random.seed()
    torch.seed()
    torch.set_num_threads(1)


def _read(file: Path) -> str:
    return file.read_text(encoding='utf-8', errors='replace') if file.exists() else ''


def _take_part(work: bytes, path: list[str], folder: Path, rank: int) -> None:
    import torch

    sys.path[:] = path
    os.chdir(folder)
    torch.set_num_threads(1)
    quicken_runners()
    meeting = f'file://{folder / "meeting"}'
    try:
        torch.distributed.init_process_group('gloo', meeting, rank=rank, world_size=WORLD)
        pickle.loads(work)(folder)
        torch.distributed.destroy_process_group()
    except BaseException:
        _error_file(folder, rank).write_text(traceback.format_exc())
        raise


def _error_file(folder: Path, rank: int) -> Path:
    return folder / f'error{rank}.txt'
