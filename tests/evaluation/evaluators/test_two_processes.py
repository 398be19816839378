"""Two processes give what one gives, also where the data set does not divide."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import textwrap

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')

WORKER = textwrap.dedent(
    """
    import json, sys
    import torch
    torch.set_num_threads(1)
    import mmlandmark
    import numpy as np
    from mmengine.dist import get_rank, get_world_size
    from mmlandmark.evaluation.evaluators import ConverterEvaluator
    from mmlandmark.schemas import KeypointSchema

    if int(sys.argv[2]) > 1:
        torch.distributed.init_process_group('gloo')
    size, points = 11, 5
    rng = np.random.default_rng(0)
    target = rng.uniform(0, 200, (size, points, 2))
    visible = rng.choice([0, 2], (size, points), p=[0.3, 0.7])
    methods = {name: target + rng.normal(0, s, target.shape) for name, s in (('m', 9), ('a', 12))}

    def instances(name, i):
        seen = np.full((1, points), 2, np.uint8)
        # only the last sample, which one process alone has, lacks a point
        seen[0, 0] = 0 if name == 'a' and i == 10 else 2
        return {'keypoints': methods[name][i : i + 1], 'keypoints_visible': seen}

    def sample(i):
        truth = {'keypoints': target[i : i + 1], 'keypoints_visible': visible[i : i + 1]}
        truth['bboxes'] = np.array([[0.0, 0.0, 50.0 + i, 20.0]])
        baselines = {'affine': instances('a', i)}
        return {'pred_instances': instances('m', i), 'gt_instances': truth, 'baselines': baselines}

    metrics = [dict(type='LandmarkNME', norm='bbox'), dict(type='LandmarkPCK'), dict(type='EPE')]
    evaluator = ConverterEvaluator(metrics, out_file=sys.argv[1] + '.comparison')
    schema = KeypointSchema(name='five', keypoints=tuple('abcde'))
    evaluator.dataset_meta = {'schema': schema}
    rank, world = get_rank(), get_world_size()
    # as MMEngine's DefaultSampler: interleaved, and padded from the start
    indices = [i % size for i in range(rank, -(-size // world) * world, world)]
    for _ in range(2):
        for start in range(0, len(indices), 4):
            evaluator.process([sample(i) for i in indices[start : start + 4]])
        figures = evaluator.evaluate(size)
    with open(f'{sys.argv[1]}.{rank}', 'w') as out:
        json.dump({'figures': figures, 'comparison': evaluator.comparison}, out)
    """
)


def launch(folder, world: int) -> list[dict]:
    folder.mkdir()
    script = folder / 'worker.py'
    script.write_text(WORKER)
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = probe.getsockname()[1]
    processes = []
    for rank in range(world):
        env = os.environ | {'RANK': str(rank), 'LOCAL_RANK': str(rank), 'WORLD_SIZE': str(world)}
        env |= {'MASTER_ADDR': '127.0.0.1', 'MASTER_PORT': str(port), 'OMP_NUM_THREADS': '1'}
        command = [sys.executable, str(script), str(folder / 'out'), str(world)]
        # collecting results makes a folder in the working directory
        processes.append(
            subprocess.Popen(
                command, env=env, cwd=folder, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
            )
        )
    for process in processes:
        error = process.communicate(timeout=120)[1]
        assert process.returncode == 0, error.decode()
    return [json.loads((folder / f'out.{rank}').read_text()) for rank in range(world)]


@pytest.mark.slow
def test_two_processes_equal_one(tmp_path, repo, monkeypatch):
    monkeypatch.setenv('PYTHONPATH', str(repo))
    (alone,) = launch(tmp_path / 'one', 1)
    first, second = launch(tmp_path / 'two', 2)
    assert first == second
    assert first['comparison'] == alone['comparison']
    assert first['figures'] == pytest.approx(alone['figures'], rel=1e-12)
    assert 'affine/NME/bbox/common' in first['figures']
    assert first['comparison']['metrics']['NME/bbox']['methods']['model']['num_points'] > 0
    written = json.loads((tmp_path / 'two' / 'out.comparison').read_text())
    assert written == first['comparison']
