"""Draw the best, the median and the worst cases of a test beside their labels.

Example:
    python tools/test.py CONFIG CHECKPOINT --dump-pairs pairs.json
    python tools/analysis/show_cases.py pairs.json cases.png --each 4
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from mmlandmark.apis import launch
from mmlandmark.options import count


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add('pairs', help='file of tools/test.py --dump-pairs')
    add('out', help='picture to write, .png or .jpg')
    add('--each', type=count, default=4, help='cases of each kind (4)')
    add('--schema', help='name or file; by default found by the names in the file')
    add('--images', nargs='+', help='folders of the pictures; by default those the file names')
    add('--overwrite', action='store_true', help='replace OUT')
    add('--debug', action='store_true', help='show the traceback of an error')
    return parser.parse_args(argv)


def main(args: argparse.Namespace) -> None:
    """Draw the cases and print which they are."""
    from mmlandmark.apis.cases import show_cases
    from mmlandmark.progress import waiting

    with waiting('reading and drawing'):
        report = show_cases(
            args.pairs,
            args.out,
            each=args.each,
            schema=args.schema,
            folders=args.images,
            overwrite=args.overwrite,
        )
    print(report.text())
    print(f'wrote {args.out}')


if __name__ == '__main__':
    arguments = parse_args()
    sys.exit(launch.run(main, arguments))
