"""Write what a union model predicts on its training sets, to be replayed as labels."""

from __future__ import annotations

import argparse
import sys

from mmlandmark.apis import launch


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add('config', help='config file of a union model, or PACKAGE::PATH')
    add('checkpoint', help='checkpoint file or URL')
    add('out', help='the file of pseudo labels to write (.json)')
    add('--loader', default='train_dataloader', help='the loader whose data sets are predicted')
    add('--overwrite', action='store_true', help='replace OUT if it exists')
    launch.add_common_options(parser)
    return parser.parse_args(argv)


def main(args: argparse.Namespace) -> None:
    """Predict and write."""
    from mmengine.runner import Runner

    from mmlandmark.apis.pseudo_labels import write_pseudo_labels_instead
    from mmlandmark.compat.distributed import prepare_processes

    cfg = launch.load_config(args)
    cfg.load_from = args.checkpoint
    launch.merge_options(cfg, args.cfg_options)
    write_pseudo_labels_instead(cfg, args.out, args.loader, overwrite=args.overwrite)
    if args.show or args.show_dir is not None:
        launch.set_visualization(cfg, args, show=args.show)
    if 'preprocess_cfg' in cfg:
        cfg.model.setdefault('data_preprocessor', cfg.preprocess_cfg)
    notes = prepare_processes(cfg)
    runner = Runner.from_cfg(cfg)
    launch.log_notes(runner, notes)
    launch.check_testing(runner)
    runner.test()


if __name__ == '__main__':
    options = parse_args()
    sys.exit(launch.run(main, options))
