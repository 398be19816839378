"""Test a converter with source points withheld, or on the points of which it is surest.

Example:
    python tools/analysis/stress_converter.py CONFIG CHECKPOINT --drop 1 3 6 --keep 0.8
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', help='config file of a LandmarkConverter')
    parser.add_argument('checkpoint', help='its checkpoint')
    parser.add_argument('--drop', type=int, nargs='*', default=[1, 3, 6], metavar='K')
    parser.add_argument('--keep', type=float, nargs='*', default=[], metavar='SHARE')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--out', help='write the results there as JSON')
    parser.add_argument('--overwrite', action='store_true', help='replace OUT')
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the tool; returns the exit status."""
    args = parse_args(argv)
    from dataclasses import asdict

    from mmlandmark.annotations.writer import write_json
    from mmlandmark.apis.stress import stress_converter
    from mmlandmark.errors import LandmarkError
    from mmlandmark.evaluation.functional import render_table

    try:
        results = stress_converter(args.config, args.checkpoint, args.drop, args.keep, args.seed)
        if args.out:
            write_json(args.out, [asdict(r) for r in results], overwrite=args.overwrite)
    except (LandmarkError, OSError) as error:
        print(f'error: {error}', file=sys.stderr)
        return 2
    rows = [
        {'test': r.name, **r.figures, 'inferred points': r.inferred, 'farthest': r.farthest}
        for r in results
    ]
    print(render_table(rows))
    return 0


if __name__ == '__main__':
    sys.exit(main())
