"""Test a checkpoint: ``python tools/test.py CONFIG CHECKPOINT [options]``."""

from __future__ import annotations

import argparse
import os
import sys

from mmlandmark.apis import launch
from mmlandmark.options import at_least

METRICS_FORMATS = ('.json', '.yaml', '.yml', '.pkl', '.pickle')


def parse_args() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description='Test a checkpoint')
    add = parser.add_argument
    add('config', help='config file, or PACKAGE::PATH of a config that a package ships')
    add('checkpoint', help='checkpoint file or URL')
    add('--out', help='file for the metrics (.json, .yaml or .pkl)')
    add('--dump', metavar='FILE.pkl', help='file for the predictions')
    add('--dump-pairs', metavar='OUT.json', help='file of pairs: predictions beside labels')
    add('--badcase', action='store_true', help='keep the worst cases (BadCaseAnalysisHook)')
    add('--report', metavar='OUT.html', help='file for a report with figures, errors and cases')
    add('--report-cases', type=at_least(0), default=3, help='pictures of each kind in the report')
    add('--overwrite', action='store_true', help='replace the report if it exists')
    launch.add_common_options(parser)
    return parser.parse_args()


def add_dump(cfg: object, path: str) -> None:
    """Add a metric that writes the predictions to a pickle file."""
    from mmlandmark.errors import LandmarkError

    if not path.endswith(('.pkl', '.pickle')):
        raise LandmarkError(f'--dump {path}: expected a file name that ends in .pkl or .pickle')
    add_metric(cfg, dict(type='DumpResults', out_file_path=path))


def add_metric(cfg: object, metric: dict) -> None:
    """Add a metric for all samples to whatever evaluates the test."""

    def joined(metrics: object) -> list:
        return [*(metrics if isinstance(metrics, (list, tuple)) else [metrics]), metric]

    present = cfg.test_evaluator
    if not isinstance(present, dict) or 'metrics' not in present:  # metrics, no evaluator
        cfg.test_evaluator = joined(present)
    elif isinstance(present.metrics, dict) and 'type' not in present.metrics:
        # metrics by data set: others stand beside them
        present.common_metrics = joined(present.get('common_metrics', []))
    else:
        present.metrics = joined(present.metrics)


def set_badcase(cfg: object, args: argparse.Namespace) -> None:
    """Switch the bad case hook on; its metric defaults to the head's loss or the evaluator."""
    from mmlandmark.errors import LandmarkError

    hook = launch.hook_settings(cfg, 'badcase', 'BadCaseAnalysisHook')
    hook.enable = True
    hook.show = args.show
    if args.show:
        hook.wait_time = args.wait_time
    hook.interval = args.interval
    if not hook.get('out_dir'):
        # The hook fails without one.
        hook.out_dir = 'badcase'
    kind = hook.get('metric_type', 'loss')
    if kind not in ('loss', 'accuracy'):
        raise LandmarkError(
            f"default_hooks.badcase.metric_type is {kind!r}; expected 'loss' or 'accuracy'"
        )
    if not hook.get('metric'):
        hook.metric = cfg.model.head.loss if kind == 'loss' else cfg.test_evaluator


def save_metrics(runner: object, path: str) -> None:
    """Write the metrics of the test to a file, whole or not at all."""
    import mmengine
    from mmengine.dist import is_main_process
    from mmengine.hooks import Hook

    from mmlandmark.annotations.writer import write_json

    class SaveMetrics(Hook):
        def after_test_epoch(self, runner: object, metrics: dict | None = None) -> None:
            if metrics is None or not is_main_process():
                return
            stem, ending = os.path.splitext(path)
            if ending == '.json':
                write_json(path, metrics, overwrite=True)
                return
            temporary = f'{stem}.{os.getpid()}{ending}'
            mmengine.dump(metrics, temporary)
            os.replace(temporary, path)

    runner.register_hook(SaveMetrics(), 'LOWEST')


def check_out(path: str) -> None:
    """Look at the place for the metrics before a test is spent on them."""
    from mmlandmark.annotations.writer import check_output
    from mmlandmark.errors import LandmarkError

    check_output(path, overwrite=True)
    if not path.endswith(METRICS_FORMATS):
        *most, last = METRICS_FORMATS
        raise LandmarkError(
            f'--out {path}: expected a file name that ends in {", ".join(most)} or {last}'
        )


def build_config(args: argparse.Namespace) -> tuple[object, list[str]]:
    """Return the config with every option applied, and lines for the log."""
    from mmlandmark.compat.distributed import prepare_processes

    cfg = launch.load_config(args)
    cfg.load_from = args.checkpoint
    if (args.show and not args.badcase) or args.show_dir is not None:
        launch.set_visualization(cfg, args, show=args.show and not args.badcase)
    if args.badcase:
        set_badcase(cfg, args)
    launch.merge_options(cfg, args.cfg_options)
    # after the options, which address the evaluator as the config has it
    if args.dump is not None:
        add_dump(cfg, args.dump)
    if args.dump_pairs is not None:
        add_metric(cfg, dict(type='PairDump', out_file=args.dump_pairs))
    if 'preprocess_cfg' in cfg:
        cfg.model.setdefault('data_preprocessor', cfg.preprocess_cfg)
    return cfg, prepare_processes(cfg)


def main(args: argparse.Namespace) -> None:
    """Test."""
    if args.out:
        check_out(args.out)
    if args.report:
        from mmlandmark.apis.report_file import check_report

        check_report(args.report, overwrite=args.overwrite)
    cfg, notes = build_config(args)
    runner = launch.build_runner(cfg, training=False)
    launch.log_notes(runner, notes)
    if args.out:
        save_metrics(runner, args.out)
    if args.report:
        from mmlandmark.apis.report_test import report_test

        report_test(runner, args.report, cases=args.report_cases, overwrite=args.overwrite)
    launch.check_testing(runner)
    runner.test()


if __name__ == '__main__':
    options = parse_args()
    sys.exit(launch.run(main, options))
