"""Training and testing as users start them, elsewhere, with a tiny stock MMPose model.

One training's torchrun and one of its two processes are started by Python; all others come from
the server of tools.
"""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from processes import run_tool
from served_python import served_python

pytest.importorskip('mmpose')
pytestmark = pytest.mark.slow
TOOLS = Path(__file__).resolve().parents[2] / 'tools'

CONFIG = """
_base_ = ['./base.py']
codec = dict(type='MSRAHeatmap', input_size=(32, 32), heatmap_size=(8, 8), sigma=1)
model = dict(
    type='TopdownPoseEstimator',
    data_preprocessor=dict(type='PoseDataPreprocessor', mean=[120.] * 3, std=[60.] * 3),
    backbone=dict(type='ResNet', depth=18, stem_channels=8, base_channels=4,
                  norm_cfg=dict(type='SyncBN')),
    head=dict(type='HeatmapHead', in_channels=32, out_channels=17, deconv_out_channels=(8, 8, 8),
              deconv_kernel_sizes=(4, 4, 4), decoder=codec,
              loss=dict(type='KeypointMSELoss', use_target_weight=True)))
pipeline = [dict(type='LoadImage'), dict(type='GetBBoxCenterScale'),
            dict(type='TopdownAffine', input_size=(32, 32))]
data = dict(type='CocoDataset', data_root={root!r}, data_mode='topdown', data_prefix=dict(img=''),
            ann_file='test_coco.json')
train_dataloader = dict(
    batch_size=2, num_workers=0, sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(pipeline=pipeline + [dict(type='GenerateTarget', encoder=codec),
                                      dict(type='PackPoseInputs')], **data))
val_dataloader = dict(
    batch_size=4, num_workers=0, sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(test_mode=True, pipeline=pipeline + [dict(type='PackPoseInputs')], **data))
test_dataloader = val_dataloader
val_evaluator = dict(type='PCKAccuracy', thr=0.2)
test_evaluator = val_evaluator
auto_scale_lr = dict(base_batch_size=512)
"""

BASE = """
custom_imports = dict(imports=['mmlandmark'], allow_failed_imports=False)
default_scope = 'mmpose'
train_cfg = dict(by_epoch=True, max_epochs=1, val_interval=1)
val_cfg = test_cfg = dict()
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.01))
default_hooks = dict(
    checkpoint=dict(type='CheckpointHook'),
    visualization=dict(type='PoseVisualizationHook', enable=False),
    badcase=dict(type='BadCaseAnalysisHook', enable=False, metric_type='loss'))
visualizer = dict(type='PoseLocalVisualizer', vis_backends=[dict(type='LocalVisBackend')])
"""


@pytest.fixture(scope='module')
def folder(tmp_path_factory, shared_data):
    """A folder with the config, and one epoch trained with most options on."""
    folder = tmp_path_factory.mktemp('launch')
    root = shared_data / 'mmpose_samples' / 'coco'
    (folder / 'base.py').write_text(BASE)
    (folder / 'tiny.py').write_text(CONFIG.format(root=f'{root}/'))
    options = ('--work-dir', 'one', '--amp', '--auto-scale-lr')
    run = run_tool('tools/train.py', 'tiny.py', *options, cwd=folder)
    assert run.returncode == 0, run.stderr
    return folder


def start(script, *args, cwd, **env):
    return subprocess.run(
        ['bash', str(TOOLS / script), *args],
        cwd=cwd,
        env={**os.environ, 'OMP_NUM_THREADS': '1', 'PYTHON': sys.executable, **env},
        capture_output=True,
        text=True,
        timeout=280,
    )


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return str(s.getsockname()[1])


def written(folder, pattern):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob(pattern))


def log_of(folder):
    return ''.join(p.read_text() for p in sorted(folder.rglob('*.log')))


def test_training_from_another_folder_with_amp_on_the_cpu(folder):
    assert (folder / 'one' / 'epoch_1.pth').is_file()
    log = log_of(folder / 'one')
    import torch

    if not torch.cuda.is_available():
        assert log.count('bfloat16 autocast on the CPU is used') == 1
    assert 'LR is set based on batch size of 512' in log
    assert 'PCK' in log


def test_two_processes_resume_what_one_trained(folder, tmp_path):
    """torchrun, gloo, the checkpoint of a run with mixed precision, and options passed on."""
    with served_python(tmp_path, whole_ranks=[1]) as python:
        run = start(
            'dist_train.sh',
            'tiny.py',
            '2',
            *('--work-dir', 'two', '--resume', 'one/epoch_1.pth', '--no-validate'),
            *('--cfg-options', 'train_cfg.max_epochs=2', 'optim_wrapper.optimizer.lr=0.001'),
            cwd=folder,
            PORT=free_port(),
            PYTHON_EXEC=str(python),  # with which torchrun starts its processes
        )
    assert run.returncode == 0, run.stderr
    log = log_of(folder / 'two')
    assert 'resumed epoch: 1' in log
    assert 'world_size' not in log or 'GPU number: 2' in log
    assert log.count('the gloo backend is used') == 1
    assert 'settings use BN instead' in log
    assert 'PCK' not in log.split('resumed epoch')[1]
    assert written(folder / 'two', '*.pth') == ['epoch_2.pth']


@pytest.fixture(scope='module')
def tested(folder):
    """The figures of a test by one process."""
    run = run_tool(
        'tools/test.py',
        *('tiny.py', folder / 'one' / 'epoch_1.pth'),
        *('--work-dir', 'tested', '--out', 'metrics.json', '--dump', 'predictions.pkl'),
        *('--show-dir', 'pictures', '--interval', '3', '--badcase'),
        cwd=folder,
    )
    assert run.returncode == 0, run.stderr
    return json.loads((folder / 'metrics.json').read_text())


def test_testing_writes_metrics_predictions_and_pictures(folder, tested):
    assert 0 <= tested['PCK'] <= 1
    assert (folder / 'predictions.pkl').stat().st_size > 0
    assert written(folder / 'tested', '*.jpg')
    assert written(folder / 'tested', 'results.json')


def test_two_processes_measure_what_one_does(folder, tested, tmp_path):
    with served_python(tmp_path) as python:
        run = start(
            'dist_test.sh',
            'tiny.py',
            'one/epoch_1.pth',
            '2',
            *('--work-dir', 'tested2', '--out', 'metrics2.json'),
            cwd=folder,
            PORT=free_port(),
            PYTHON=str(python),
            PYTHON_EXEC=str(python),  # with which torchrun starts its processes
        )
    assert run.returncode == 0, run.stderr
    assert json.loads((folder / 'metrics2.json').read_text()) == pytest.approx(tested)


def one_error_line(run):
    assert run.returncode == 2, run.stdout + run.stderr
    assert 'Traceback' not in run.stderr
    lines = [line for line in run.stderr.splitlines() if line.startswith('error: ')]
    assert len(lines) == 1, run.stderr
    return lines[0]


def test_a_training_that_cannot_be_is_refused_before_it_starts(folder):
    run = run_tool(
        'tools/train.py',
        'tiny.py',
        *('--work-dir', 'refused', '--cfg-options', 'train_dataloader.batch_size=64'),
        cwd=folder,
    )
    assert 'batch_size=64 is larger than the training set of 12' in one_error_line(run)
    assert not written(folder / 'refused', '*.pth')


def test_a_missing_checkpoint_is_one_line(folder):
    run = run_tool('tools/test.py', 'tiny.py', 'absent.pth', cwd=folder)
    assert 'absent.pth' in one_error_line(run)


@pytest.mark.parametrize('tool', ['dist_train', 'dist_test', 'slurm_train', 'slurm_test'])
def test_scripts_say_how_to_use_them(tool, tmp_path):
    run = start(f'{tool}.sh', cwd=tmp_path)
    assert run.returncode == 2 and run.stderr.startswith('usage: ')


@pytest.mark.parametrize('words', [['dist_train', 'c.py'], ['dist_test', 'c.py', 'c.pth']])
@pytest.mark.parametrize('number', ['0', '-1', 'c.py', ''])
def test_a_number_of_processes_that_is_none_is_one_line(words, number, tmp_path):
    tool, *most = words
    run = subprocess.run(
        ['bash', str(TOOLS / f'{tool}.sh'), *most, number],
        cwd=tmp_path,
        env=os.environ | {'PYTHON': 'true'},  # which would end well
        capture_output=True,
        text=True,
    )
    said = f"error: GPUS is '{number}'; expected a number of processes, at least 1\n"
    assert (run.returncode, run.stderr) == (2, said)


@pytest.mark.parametrize('tool', ['train', 'test'])
def test_slurm_scripts_hand_everything_to_srun(tool, tmp_path):
    """A stand-in for srun writes down what it is asked."""
    srun = tmp_path / 'srun'
    srun.write_text('#!/usr/bin/env bash\nprintf "%s\\n" "$@" > asked\n')
    srun.chmod(0o755)
    run = start(
        f'slurm_{tool}.sh',
        *('part', 'job', 'my config.py', 'where', '--cfg-options', 'a=1'),
        cwd=tmp_path,
        PATH=f'{tmp_path}:{os.environ["PATH"]}',
        GPUS='4',
        GPUS_PER_NODE='2',
        SRUN_ARGS='--quotatype=auto --async',
    )
    assert run.returncode == 0, run.stderr
    asked = (tmp_path / 'asked').read_text().splitlines()
    assert {'--job-name=job', '--ntasks=4', '--ntasks-per-node=2', '--gres=gpu:2'} <= set(asked)
    assert {'--quotatype=auto', '--async', 'my config.py', '--launcher=slurm'} <= set(asked)
    assert asked[-2:] == ['--cfg-options', 'a=1']
    assert asked[asked.index('my config.py') - 1] == str(TOOLS / f'{tool}.py')
    assert ('--work-dir=where' if tool == 'train' else 'where') in asked
