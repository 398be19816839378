"""What ``tools/train.py`` and ``tools/test.py`` share: options, config, checks and errors."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from mmlandmark._stack import require_stack
from mmlandmark.errors import LandmarkError
from mmlandmark.options import count
from mmlandmark.progress import waiting

require_stack('mmlandmark.apis.launch', mend=False)

# What a wrong command line or config leads to; anything else is a defect and keeps its traceback.
_USER_ERRORS = (LandmarkError, OSError, ImportError, SyntaxError)


def add_common_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that MMPose's training and testing have in common, and ``--debug``."""
    from mmengine.config import DictAction

    add = parser.add_argument
    add('--work-dir', help='folder for logs, metrics and checkpoints')
    add('--show-dir', help='folder for pictures of the predictions, inside the work dir')
    add('--show', action='store_true', help='show the predictions in a window')
    add('--interval', type=count, default=1, help='show every how many samples')
    add('--wait-time', type=float, default=1, help='seconds that a window stays')
    add(
        '--cfg-options',
        nargs='+',
        type=_setting,
        action=DictAction,
        default={},
        metavar='KEY=VALUE',
        help='settings that replace those of the config, such as model.head.in_channels=32; '
        'lists as key="[a,b]" or key=a,b, without spaces',
    )
    add(
        '--launcher',
        choices=['none', 'pytorch', 'slurm', 'mpi'],
        default='none',
        help='what started the processes',
    )
    add('--local_rank', '--local-rank', type=int, default=0, help='set by some launchers')
    add('--debug', action='store_true', help='show the whole traceback of an error')


def _setting(text: str) -> str:
    if not text.partition('=')[1]:
        raise argparse.ArgumentTypeError(f'{text!r} is no KEY=VALUE')
    return text


def load_config(args: argparse.Namespace) -> Any:
    """Return the config of the command line with launcher and work dir set.

    Raises:
        LandmarkError: The config file is missing, cannot be read, or has no model.
    """
    from mmlandmark.apis.config_files import read_config

    os.environ.setdefault('LOCAL_RANK', str(args.local_rank))
    cfg = read_config(args.config)
    if not cfg.get('model'):
        raise LandmarkError(f'{args.config}: has no model; expected the config of a training')
    cfg.launcher = args.launcher
    if args.work_dir is not None:
        cfg.work_dir = args.work_dir
    elif cfg.get('work_dir') is None:
        cfg.work_dir = str(Path('work_dirs') / Path(args.config).stem)
    return cfg


def merge_options(cfg: Any, options: dict[str, Any]) -> None:
    """Put the settings of ``--cfg-options`` into a config.

    Raises:
        LandmarkError: The name of a section is misspelt.
    """
    from mmlandmark.apis.config_checks import check_options

    check_options(cfg, options)
    cfg.merge_from_dict(options)


def set_visualization(cfg: Any, args: argparse.Namespace, *, show: bool) -> None:
    """Switch the visualization hook on, as the options ask.

    Raises:
        LandmarkError: The config has no such hook.
    """
    hook = hook_settings(cfg, 'visualization', 'PoseVisualizationHook')
    hook.enable = True
    hook.show = show
    if args.show:
        hook.wait_time = args.wait_time
    hook.out_dir = args.show_dir
    hook.interval = args.interval


def hook_settings(cfg: Any, name: str, kind: str) -> Any:
    """Return ``default_hooks[name]`` of a config.

    Raises:
        LandmarkError: It is not there.
    """
    hooks = cfg.get('default_hooks') or {}
    if name not in hooks:
        raise LandmarkError(
            f"default_hooks has no {name!r}; add default_hooks=dict({name}=dict(type='{kind}'))"
        )
    return hooks[name]


def build_runner(cfg: Any, *, training: bool) -> Any:
    """Return what trains or tests a config: the kind that its ``runner_type`` names.

    MMEngine's ``FlexibleRunner`` makes its model when it starts; here it is made at once, as
    others do, so that it can be looked at before. A test without a launcher needs no shards.

    Raises:
        LandmarkError: Weights in shards, in a training that no launcher has started; a part of
            the config is missing.
    """
    from mmengine.registry import RUNNERS
    from mmengine.runner import FlexibleRunner, Runner

    from mmlandmark.apis.config_checks import check_sections

    check_sections(cfg)
    alone = cfg.get('launcher', 'none') == 'none'
    if 'runner_type' not in cfg or (alone and not training):
        return Runner.from_cfg(cfg)
    strategy = (cfg.get('strategy') or {}).get('type', '')
    if alone and strategy in ('ShardedStrategy', 'FSDPStrategy'):
        raise LandmarkError(
            f'strategy {strategy} needs several processes; start it by tools/dist_train.sh, or by '
            'torchrun with --launcher pytorch'
        )
    runner = RUNNERS.build(cfg)
    if isinstance(runner, FlexibleRunner):
        runner.model = runner.strategy.build_model(runner.model)
    return runner


def check_training(runner: Any) -> None:
    """Look at the length of the training before its first step, and at weights it begins with.

    Raises:
        LandmarkError: An unknown optimiser, no epochs or iterations, no samples, a batch larger
            than the data set, data sets that the head is not for, or weights that cannot be
            downloaded.
    """
    from mmlandmark.apis.config_checks import check_optimizer
    from mmlandmark.apis.weights import fetch_weights
    from mmlandmark.engine.checkpoint_check import CheckpointCheckHook
    from mmlandmark.engine.schema_check import check_runner

    check_optimizer(runner.cfg)
    for key in ('max_epochs', 'max_iters'):
        length = (runner.cfg.get('train_cfg') or {}).get(key)
        if length is not None and not (isinstance(length, int) and length > 0):
            raise LandmarkError(f'train_cfg.{key} is {length!r}; expected at least 1')
    loader = runner.train_dataloader
    samples, batch = _require_samples(loader, 'train_dataloader'), loader.batch_size
    if getattr(runner.train_loop, 'takes_steps', True):
        _check_batches(runner, loader, samples, batch)
    if runner.val_loop is not None:
        _require_samples(runner.val_dataloader, 'val_dataloader')
    check_runner(runner, ('train', 'val'))
    fetch_weights(runner.cfg)
    runner.register_hook(CheckpointCheckHook(whole=False))


def _check_batches(runner: Any, loader: Any, samples: int, batch: int | None) -> None:
    if batch is not None and batch * runner.world_size > samples:
        processes = f' on each of {runner.world_size} processes' if runner.world_size > 1 else ''
        raise LandmarkError(
            f'train_dataloader: batch_size={batch}{processes} is larger than the training set of '
            f'{samples} samples'
        )
    if len(loader) == 0:
        raise LandmarkError(
            f'train_dataloader: {samples} samples give not one whole batch; set drop_last=False or '
            'a smaller batch_size'
        )


def check_testing(runner: Any) -> None:
    """Look at the data and the checkpoint of a test before its first step.

    Raises:
        LandmarkError: No samples, data sets that the head is not for, or a checkpoint that cannot
            be downloaded.
    """
    from mmlandmark.apis.weights import fetch_weights
    from mmlandmark.engine.checkpoint_check import CheckpointCheckHook
    from mmlandmark.engine.schema_check import check_runner

    _require_samples(runner.test_dataloader, 'test_dataloader')
    check_runner(runner, ('test',))
    fetch_weights({'load_from': runner.cfg.get('load_from')})
    runner.register_hook(CheckpointCheckHook(whole=True))


def _require_samples(loader: Any, name: str) -> int:
    samples = len(loader.dataset)
    if samples == 0:
        raise LandmarkError(f'{name}: the data set has no samples; expected at least 1')
    return samples


def log_notes(runner: Any, notes: Iterable[str]) -> None:
    """Write lines to the log of a runner."""
    for note in notes:
        runner.logger.info(note)


def run(main: Callable[[argparse.Namespace], None], args: argparse.Namespace) -> int:
    """Run a tool and turn a user's error into one line.

    Args:
        main: The tool.
        args: Its options; ``debug`` lets errors through with their traceback.

    Returns:
        The exit status: 0, or 2 after a user's error. One of several processes without a GPU
        ends here with that status.
    """
    import mmlandmark
    from mmlandmark.apis.config_errors import is_of_a_config, said
    from mmlandmark.compat.distributed import leave_processes

    with waiting('loading MMPose'):
        mmlandmark.register()
    try:
        main(args)
    except (*_USER_ERRORS, TypeError, KeyError, ValueError) as error:
        if args.debug or not (isinstance(error, _USER_ERRORS) or is_of_a_config(error)):
            raise
        print(f'error: {said(error)}', file=sys.stderr)
        leave_processes(2)
        return 2
    leave_processes()
    return 0
