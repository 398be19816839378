"""Divide a file of pairs into data sets of different people, each labelled in one schema."""

from __future__ import annotations

import argparse
import sys

from rich.console import Console
from rich.table import Table

from mmlandmark.annotations.pair_split import BOXES, Part, PartReport, split_pairs
from mmlandmark.errors import exit_status
from mmlandmark.options import at_least
from mmlandmark.progress import waiting


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add('pairs', help='COCO file with keypoints and keypoints_target')
    add('--out-dir', required=True, help='folder to write to')
    use = parser.add_mutually_exclusive_group(required=True)
    use.add_argument(
        '--parts',
        nargs='+',
        metavar='NAME=RATIO:SIDE',
        help='files to write; SIDE is source, target or both (stays a file of pairs)',
    )
    use.add_argument(
        '--whole', metavar='NAME', help='write all pairs as NAME_source.json and NAME_target.json'
    )
    add('--by', default='image_id', help='what stays together: image_id, file_name or any field')
    add('--seed', type=at_least(0), default=0, help='another seed is another split')
    add(
        '--boxes',
        choices=BOXES,
        default='own',
        help="own: around the part's own keypoints, so that nothing of the other labels shows; "
        'file: bbox and area of the pair',
    )
    add('--padding', type=float, default=0.0, help='share by which each side of an own box grows')
    add('--source-schema', help='name or file; by default found by the names')
    add('--target-schema', help='name or file; by default found by the names')
    add('--overwrite', action='store_true', help='replace files that exist')
    add('--debug', action='store_true', help='show the traceback of an error')
    return parser.parse_args(argv)


def part_table(reports: list[PartReport], by: str) -> Table:
    """Return what was written as a table."""
    table = Table()
    table.add_column('file', overflow='fold')
    table.add_column('schema')
    for name in ('instances', by, 'images', 'labelled points'):
        table.add_column(name, justify='right')
    for part in reports:
        groups = '' if part.groups is None else str(part.groups)
        counts = (str(part.instances), groups, str(part.images), str(part.points))
        table.add_row(part.file.name, part.schema, *counts)
    return table


def run(args: argparse.Namespace) -> None:
    """Split, and print the table of the parts."""
    parts = [Part.parse(part) for text in args.parts or () for part in text.split(',')]
    with waiting('splitting'):
        reports, left_out = split_pairs(
            args.pairs,
            args.out_dir,
            parts,
            whole=args.whole,
            by=args.by,
            seed=args.seed,
            boxes=args.boxes,
            padding=args.padding,
            source_schema=args.source_schema,
            target_schema=args.target_schema,
            overwrite=args.overwrite,
        )
    Console().print(part_table(reports, args.by))
    reasons = ', '.join(f'{count} {reason}' for reason, count in left_out.items())
    print(f'wrote {len(reports)} files to {args.out_dir}; left out: {reasons or "none"}')


def main(argv: list[str] | None = None) -> int:
    """Run the command; 0 if the files were written, 2 if the input is wrong."""
    args = parse_args(argv)
    return exit_status(lambda: run(args), debug=args.debug)


if __name__ == '__main__':
    sys.exit(main())
