"""Train a model from a config: ``python tools/train.py CONFIG [options]``."""

from __future__ import annotations

import argparse
import sys

from mmlandmark.apis import launch


def parse_args() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description='Train a model')
    add = parser.add_argument
    add('config', help='config file, or PACKAGE::PATH of a config that a package ships')
    add(
        '--resume',
        nargs='?',
        const='auto',
        metavar='CHECKPOINT',
        help='go on from a checkpoint; without a path, from the latest in the work dir',
    )
    add('--amp', action='store_true', help='mixed precision (without a GPU: bfloat16 on the CPU)')
    add('--no-validate', action='store_true', help='leave the validation out')
    add(
        '--auto-scale-lr',
        action='store_true',
        help='scale the learning rate by the batch size over auto_scale_lr.base_batch_size',
    )
    launch.add_common_options(parser)
    return parser.parse_args()


def build_config(args: argparse.Namespace) -> tuple[object, list[str]]:
    """Return the config with every option applied, and lines for the log."""
    from mmlandmark.apis.resume_seed import keep_seed
    from mmlandmark.apis.save_best import check_save_best
    from mmlandmark.compat.amp import use_amp
    from mmlandmark.compat.distributed import prepare_processes
    from mmlandmark.errors import LandmarkError

    cfg = launch.load_config(args)
    if args.no_validate:
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    if args.resume is not None:
        cfg.resume = True
        cfg.load_from = None if args.resume == 'auto' else args.resume
    if args.auto_scale_lr:
        if 'auto_scale_lr' not in cfg:
            raise LandmarkError('--auto-scale-lr: the config has no auto_scale_lr.base_batch_size')
        cfg.auto_scale_lr.enable = True
    if args.show or args.show_dir is not None:
        launch.set_visualization(cfg, args, show=args.show)
    launch.merge_options(cfg, args.cfg_options)
    if 'preprocess_cfg' in cfg:
        cfg.model.setdefault('data_preprocessor', cfg.preprocess_cfg)
    check_save_best(cfg)
    return cfg, keep_seed(cfg) + use_amp(cfg, args.amp) + prepare_processes(cfg)


def main(args: argparse.Namespace) -> None:
    """Train."""
    cfg, notes = build_config(args)
    runner = launch.build_runner(cfg, training=True)
    launch.log_notes(runner, notes)
    launch.check_training(runner)
    runner.train()


if __name__ == '__main__':
    options = parse_args()
    sys.exit(launch.run(main, options))
