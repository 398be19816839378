"""Convert keypoint annotations between COCO and the files of labelling tools.

Examples:
    python tools/dataset_converters/convert_format.py faces.json faces.xml --setup labels.json
    python tools/dataset_converters/convert_format.py faces.json tasks.json --to label-studio
    python tools/dataset_converters/convert_format.py CollectedData_me.csv mice.json --to coco \
        --root .
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from mmlandmark.annotations.formats.convert import FORMATS, convert_format
from mmlandmark.errors import exit_status
from mmlandmark.progress import waiting


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = ', '.join(FORMATS)
    add = parser.add_argument
    add('source', metavar='IN', help='the file to read')
    add('out', metavar='OUT', help='the file to write')
    add('--from', dest='source_format', help=f'{names} (as the content is)')
    add('--to', dest='out_format', help=f'{names} (by the ending, where one format has it)')
    add('--schema', help='schema of the points, by name or path (names as in the file)')
    add('--category', help='which category or label, where there are several')
    add('--root', help='folder of the pictures, to read their sizes')
    add('--like', help='a file with the pictures of a SLEAP CSV, or with the sizes of pictures')
    add('--strip-prefix', default='', help='taken from the front of names of pictures')
    add('--prefix', default='', help='put before names of pictures')
    add('--setup', help="also write CVAT's labels or Label Studio's labelling interface")
    add('--scorer', help='who labelled, for deeplabcut (mmlandmark)')
    add('--individuals', action='store_true', help='several animals, for deeplabcut (as needed)')
    add('--overwrite', action='store_true', help='replace OUT')
    add('--debug', action='store_true', help='show the traceback of an error')
    args = parser.parse_args(argv)
    if args.out_format != 'deeplabcut' and (args.scorer or args.individuals):
        parser.error('--scorer and --individuals need --to deeplabcut')
    return args


def run(options: dict[str, Any]) -> None:
    """Convert, and print what was written and left out."""
    # what is not given is the writer's own default
    given = {k: v for k, v in options.items() if v or k not in ('scorer', 'individuals')}
    with waiting('converting'):
        report = convert_format(given.pop('source'), given.pop('out'), **given)
    print(report.text())


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; 0 if the file was written, 2 if the input is wrong."""
    options = vars(parse_args(argv))
    debug = options.pop('debug')
    return exit_status(lambda: run(options), debug=debug)


if __name__ == '__main__':
    sys.exit(main())
