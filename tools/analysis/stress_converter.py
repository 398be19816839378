"""Test a converter with source points withheld, or on the points of which it is surest.

Example:
    python tools/analysis/stress_converter.py CONFIG CHECKPOINT --drop 1 3 6 --keep 0.8
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from mmlandmark.apis import launch
from mmlandmark.options import at_least, count


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', help='config file of a LandmarkConverter')
    parser.add_argument('checkpoint', help='its checkpoint')
    parser.add_argument('--drop', type=count, nargs='*', default=[1, 3, 6], metavar='K')
    parser.add_argument('--keep', type=float, nargs='*', default=[], metavar='SHARE')
    parser.add_argument('--seed', type=at_least(0), default=0)
    parser.add_argument('--out', help='write the results there as JSON')
    parser.add_argument('--overwrite', action='store_true', help='replace OUT')
    parser.add_argument('--debug', action='store_true', help='show the traceback of an error')
    return parser.parse_args(argv)


def main(args: argparse.Namespace) -> None:
    """Print one row a test, and write them where asked."""
    from dataclasses import asdict

    from mmlandmark.annotations.writer import write_json
    from mmlandmark.apis.stress import stress_converter
    from mmlandmark.evaluation.functional import render_table

    results = stress_converter(args.config, args.checkpoint, args.drop, args.keep, args.seed)
    if args.out:
        write_json(args.out, [asdict(r) for r in results], overwrite=args.overwrite)
    rows = [
        {'test': r.name, **r.figures, 'inferred points': r.inferred, 'farthest': r.farthest}
        for r in results
    ]
    print(render_table(rows))


if __name__ == '__main__':
    arguments = parse_args()
    sys.exit(launch.run(main, arguments))
