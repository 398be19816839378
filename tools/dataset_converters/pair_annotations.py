"""Join two COCO keypoint files into one file of pairs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from mmlandmark.annotations.pair_files import PairReport, pair_files
from mmlandmark.annotations.writer import check_output, write_json
from mmlandmark.errors import LandmarkError, exit_status
from mmlandmark.progress import waiting


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('source', help='COCO file with the source points')
    parser.add_argument('target', help='COCO file with the target points')
    parser.add_argument('out', help='the file of pairs to write')
    parser.add_argument('--source-schema', help='name or file; by default found by the names')
    parser.add_argument('--target-schema', help='name or file; by default found by the names')
    parser.add_argument('--by', choices=('id', 'box'), default='id', help='how to join')
    parser.add_argument('--min-iou', type=float, default=0.5, help='least overlap of two boxes')
    parser.add_argument(
        '--margin', type=float, default=0.1, help='lead of the best box over the second'
    )
    parser.add_argument(
        '--assume-names', action='store_true', help='categories without names are in schema order'
    )
    parser.add_argument('--force', action='store_true', help='write pairs whose sides do not match')
    parser.add_argument('--overwrite', action='store_true', help='replace OUT if it exists')
    parser.add_argument('--report', help='write the counts and the ids left out to this JSON file')
    parser.add_argument('--debug', action='store_true', help='show the traceback of an error')
    return parser.parse_args(argv)


def count_table(report: PairReport) -> Table:
    """Return the counts as a table."""
    table = Table(title=f'{report.source_schema} with {report.target_schema}')
    table.add_column('annotations')
    table.add_column('count', justify='right')
    for fate, count in report.counts.items():
        table.add_row(fate, str(count))
    return table


def run(args: argparse.Namespace) -> None:
    """Pair, and print what was joined and left out."""
    if args.report:
        check_output(args.report, overwrite=args.overwrite)
        files = (args.source, args.target, args.out)
        if Path(args.report).resolve() in [Path(file).resolve() for file in files]:
            raise LandmarkError(f'{args.report}: is SOURCE, TARGET or OUT; expected another name')
    with waiting('pairing'):
        report = pair_files(
            args.source,
            args.target,
            args.out,
            source_schema=args.source_schema,
            target_schema=args.target_schema,
            by=args.by,
            min_iou=args.min_iou,
            margin=args.margin,
            assume_names=args.assume_names,
            force=args.force,
            overwrite=args.overwrite,
        )
    if args.report:
        write_json(args.report, report.to_json(), overwrite=args.overwrite)
    Console().print(count_table(report))
    print(f'wrote {args.out}: {report.counts["paired"]} pairs')


def main(argv: list[str] | None = None) -> int:
    """Run the command; 0 if the file was written, 2 if the input is wrong."""
    args = parse_args(argv)
    return exit_status(lambda: run(args), debug=args.debug)


if __name__ == '__main__':
    sys.exit(main())
