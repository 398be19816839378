"""Two processes train a union head as one does, with unequal shares of labelled points."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from models.heads.union_processes import KINDS, train  # noqa: E402

SCRIPT = Path(__file__).with_name('union_processes.py')


@pytest.fixture(scope='module')
def two(tmp_path_factory, repo) -> list[dict]:
    """What two processes over gloo found, without find_unused_parameters."""
    folder = tmp_path_factory.mktemp('two')
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = probe.getsockname()[1]
    env = os.environ | {'PYTHONPATH': str(repo), 'OMP_NUM_THREADS': '1', 'WORLD_SIZE': '2'}
    env |= {'MASTER_ADDR': '127.0.0.1', 'MASTER_PORT': str(port)}
    processes = [
        subprocess.Popen(
            [sys.executable, str(SCRIPT), str(folder)],
            env=env | {'RANK': str(rank), 'LOCAL_RANK': str(rank)},
            cwd=folder,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
        for rank in range(2)
    ]
    try:
        for process in processes:
            error = process.communicate(timeout=300)[1]
            assert process.returncode == 0, error.decode()[-3000:]
    finally:
        for process in processes:
            process.kill()
    return [torch.load(folder / f'{rank}.pt', weights_only=True) for rank in range(2)]


@pytest.mark.slow
@pytest.mark.parametrize('kind', KINDS)
def test_losses_gradients_and_weights_are_those_of_one_process(two, kind):
    one = train(kind)
    for found in two:
        assert set(found[kind]) == set(one)
        for key, value in one.items():
            torch.testing.assert_close(found[kind][key], value, atol=1e-6, rtol=1e-5, msg=key)
    gradients = [key for key in one if key.startswith('0/gradient/')]
    assert gradients and all(one[key].abs().sum() > 0 for key in gradients)
