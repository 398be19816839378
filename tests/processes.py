"""Scripts run by two processes that find each other, as under a launcher."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

TIMEOUT = 300  # seconds; a busy machine takes most of one to import


def run_two(script: Path, folder: Path, repo: Path) -> None:
    """Run ``script FOLDER`` as two processes with torchrun's environment variables.

    They start in the folder, through which MMEngine collects results.
    """
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = probe.getsockname()[1]
    env = os.environ | {'PYTHONPATH': str(repo), 'OMP_NUM_THREADS': '1', 'WORLD_SIZE': '2'}
    env |= {'MASTER_ADDR': '127.0.0.1', 'MASTER_PORT': str(port)}
    processes = [
        subprocess.Popen(
            [sys.executable, str(script), str(folder)],
            env=env | {'RANK': str(rank), 'LOCAL_RANK': str(rank)},
            cwd=folder,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
        for rank in range(2)
    ]
    try:
        for process in processes:
            error = process.communicate(timeout=TIMEOUT)[1]
            assert process.returncode == 0, error.decode()[-3000:]
    finally:
        for process in processes:
            process.kill()
