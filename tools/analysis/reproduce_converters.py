"""Train and test shipped converter configs and print one table of what they reach.

Example:
    MMLANDMARK_DATA=data python tools/analysis/reproduce_converters.py \\
        --tasks coco17-to-mpii16 --networks affine residual --out results.json
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from mmlandmark.apis import launch

TASKS = ('coco17-to-mpii16', 'mpii16-to-coco17', 'face68-to-face48', 'aflw21-to-face68')
NETWORKS = (
    'affine',
    'residual',
    'simple_linear',
    'minimal_mlp',
    'mlp',
    'mlp_attention',
    'autoencoder',
    'gnn',
)


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--tasks', nargs='+', default=list(TASKS), choices=TASKS)
    parser.add_argument('--networks', nargs='+', default=list(NETWORKS), choices=NETWORKS)
    parser.add_argument('--work-dir', default='work_dirs/converters', help='one folder a config')
    parser.add_argument('--out', help='write figures, counts and seconds there as JSON')
    parser.add_argument('--debug', action='store_true', help='show the traceback of an error')
    return parser.parse_args(argv)


def main(args: argparse.Namespace) -> None:
    """Run every chosen config and print one table a task."""
    from mmlandmark.annotations.writer import write_json
    from mmlandmark.apis.reproduce import markdown_tables, reproduce

    rows = []
    for task in args.tasks:
        for network in args.networks:
            print(f'{task}_{network} ...', file=sys.stderr, flush=True)
            rows.append(reproduce(task, network, args.work_dir))
            if args.out:  # after each run, so that a stop loses none
                write_json(args.out, rows, overwrite=True)
    print(markdown_tables(rows))


if __name__ == '__main__':
    arguments = parse_args()
    sys.exit(launch.run(main, arguments))
