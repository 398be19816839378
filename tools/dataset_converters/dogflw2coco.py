"""Convert the raw release of DogFLW or CatFLW to COCO keypoint files, and audit it.

Example:
    python tools/dataset_converters/dogflw2coco.py data/DogFLW data/DogFLW/annotations
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from mmlandmark.apis import launch
from mmlandmark.options import at_least


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add('root', help='folder of the release: train and test (DogFLW), or images and labels')
    add('out_dir', help='folder for train.json, val.json, test.json and the audit')
    add('--schema', help='name or file of the schema; by default by the number of points')
    add(
        '--sizes',
        nargs='+',
        default=[],
        metavar='FILE',
        help='JSON of {name: [width, height]}, for labels whose pictures are not at hand',
    )
    add(
        '--bbox-source',
        default='auto',
        help='annotation, landmarks, or auto: around the points where the box of the annotation '
        'holds less than 90 %% of them (auto)',
    )
    add('--margin', type=float, default=0.15, help='of a box around points, each side (0.15)')
    add('--outside', default='keep', help='points outside the picture: keep or drop (keep)')
    add('--val-fraction', type=float, default=0.1, help='of train; 0 for no val.json (0.1)')
    add('--test-fraction', type=float, help='only where there is no official test (0.1)')
    add('--split-by', help='breed or subject stays in one part; by default what the schema asks')
    add('--seed', type=at_least(0), default=0, help='another seed is another split')
    add('--strict', action='store_true', help='stop at the first file that is not in order')
    add('--overwrite', action='store_true', help='replace the files in OUT_DIR')
    add('--debug', action='store_true', help='show the traceback of an error')
    return parser.parse_args(argv)


def main(args: argparse.Namespace) -> None:
    """Convert, and print what was written and found."""
    from mmlandmark.apis.face_release import convert_face_release

    result = convert_face_release(
        args.root,
        args.out_dir,
        args.schema,
        sizes=args.sizes,
        bbox_source=args.bbox_source,
        margin=args.margin,
        outside=args.outside,
        val_fraction=args.val_fraction,
        test_fraction=args.test_fraction,
        seed=args.seed,
        split_by=args.split_by,
        strict=args.strict,
        overwrite=args.overwrite,
    )
    print(result.text())
    print(f'\nwrote {", ".join(file.name for file in result.written)} to {args.out_dir}')


if __name__ == '__main__':
    arguments = parse_args()
    sys.exit(launch.run(main, arguments))
