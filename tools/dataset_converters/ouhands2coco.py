"""Convert OUHANDS with its landmark files to COCO keypoint files.

Example:
    python tools/dataset_converters/ouhands2coco.py data/OUHANDS data/OUHANDS/annotations
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from mmlandmark.apis import launch


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add('root', help='folder that holds OUHANDS_train, OUHANDS_test and the landmark files')
    add('out_dir', help='folder for train.json, val.json, test.json and report.json')
    add(
        '--splits',
        nargs='+',
        default=['train', 'validation', 'test'],
        metavar='SPLIT',
        help='which of train, validation and test (all)',
    )
    add('--landmarks', default='landmarks', help='folder of the landmark files in ROOT (landmarks)')
    add(
        '--bbox-source',
        default='auto',
        help='annotation (box files), landmarks, picture (all of it), or auto: around the points '
        'where the box file holds less than 90 %% of them (auto)',
    )
    add('--margin', type=float, default=0.15, help='of a box around points, each side (0.15)')
    add('--skip-defects', action='store_true', help='leave out and count what is an error else')
    add('--overwrite', action='store_true', help='replace the files in OUT_DIR')
    add('--debug', action='store_true', help='show the traceback of an error')
    return parser.parse_args(argv)


def main(args: argparse.Namespace) -> None:
    """Convert, and print what was written and found."""
    from mmlandmark.apis.ouhands import convert_ouhands

    result = convert_ouhands(
        args.root,
        args.out_dir,
        splits=args.splits,
        landmarks=args.landmarks,
        bbox_source=args.bbox_source,
        margin=args.margin,
        skip_defects=args.skip_defects,
        overwrite=args.overwrite,
    )
    print(result.text())
    print(f'\nwrote {", ".join(file.name for file in result.written)} to {args.out_dir}')


if __name__ == '__main__':
    arguments = parse_args()
    sys.exit(launch.run(main, arguments))
