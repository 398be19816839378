"""Compare runs: one table of models, data sets and metrics, with deltas against a base run.

Files are those of ``tools/test.py --out METRICS.json`` and MMEngine's own: the dated JSON of a test
and ``vis_data/scalars.json`` of a training (its last validation, or --best).

Example:
    python tools/analysis/compare_runs.py union=union.json \\
        single@face68=face68.json single@face48=face48.json --base single --out runs.html
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from mmlandmark.apis import launch

FORMATS = {'.txt': 'text', '.csv': 'csv', '.html': 'html', '.md': 'markdown'}


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add(
        'runs',
        nargs='+',
        metavar='[NAME[@DATASET]=]FILE',
        help='metrics of a run; files of one NAME are one run, DATASET is for files whose keys '
        'name no data set',
    )
    add('--base', metavar='NAME', help='the run that the others are compared with; the first')
    add('--only', nargs='+', default=[], metavar='PATTERN', help="such as 'coco/AP*' 'pooled/*'")
    add('--best', metavar='KEY', help='of a training the validation that is best on this figure')
    add('--format', choices=sorted(FORMATS.values()), help='by default from the name of --out')
    add('--out', metavar='FILE', help='write there instead of to the screen')
    add('--overwrite', action='store_true', help='replace --out if it exists')
    add('--debug', action='store_true', help='show the traceback of an error')
    return parser.parse_args(argv)


def main(args: argparse.Namespace) -> None:
    """Read, compare, render."""
    from mmlandmark.annotations.writer import check_output, write_bytes
    from mmlandmark.apis.compare_runs import compare_runs, render_runs
    from mmlandmark.apis.run_metrics import read_runs

    style = args.format or FORMATS.get(Path(args.out or '').suffix, 'text')
    if args.out:
        check_output(args.out, overwrite=args.overwrite)
    runs = read_runs(args.runs, best=args.best)
    rendered = render_runs(compare_runs(runs, args.base, args.only), style)
    if args.out:
        write_bytes(args.out, (rendered.rstrip('\n') + '\n').encode())
    else:
        print(rendered)


if __name__ == '__main__':
    arguments = parse_args()
    sys.exit(launch.run(main, arguments))
