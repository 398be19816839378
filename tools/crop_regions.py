"""Cut eyes, ears, nose or groups of one's own out of pictures with keypoints.

Example:
    python tools/crop_regions.py faces.json OUT --regions eyes,nose --overlay --statistics OUT.csv
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
    add('ann_file', help='COCO keypoint file of labels or predictions')
    add('out_dir', help='folder for one folder of crops for each region')
    add('--regions', help='names with commas: eyes,ears,nose,mouth,forehead; by default all')
    add('--region-file', metavar='FILE.yaml', help='groups of keypoint names of your own')
    add('--data-root', help='folder that the file names are relative to')
    add('--margin', type=float, default=0.1, help='around a region, of its longer side (0.1)')
    add('--schema', help='name or file; by default found by the names in the file')
    add('--overlay', action='store_true', help='also write pictures with points and boxes')
    add('--statistics', metavar='FILE', help='one row for each face and region, .csv or .json')
    add('--strict', action='store_true', help='stop at a picture that cannot be read')
    add('--overwrite', action='store_true', help='write into a folder that is not empty')
    add('--debug', action='store_true', help='show the traceback of an error')
    return parser.parse_args(argv)


def main(args: argparse.Namespace) -> None:
    """Write the crops, and say what became of every region."""
    from mmlandmark.apis.region_files import crop_region_file

    options = {k: v for k, v in vars(args).items() if k not in ('ann_file', 'out_dir', 'debug')}
    if args.regions is not None:
        options['regions'] = [name.strip() for name in args.regions.split(',')]
    print(crop_region_file(args.ann_file, args.out_dir, **options))


if __name__ == '__main__':
    arguments = parse_args()
    sys.exit(launch.run(main, arguments))
