"""Convert a COCO keypoint file to the published JSON of channel keypoints.

Example:
    python tools/dataset_converters/coco2channels.py coco.json boxes.json \
        --channels '{"corner": ["c1", "c2"], "flap": ["f1"]}'
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
    add('source', help='the COCO file')
    add('out', help='the JSON to write')
    add(
        '--channels',
        help='which keypoints feed which channel: \'c1=c2:f1\', or \'{"corner": ["c1", "c2"], '
        '"flap": ["f1"]}\' (as the category says under "channels", else each its own)',
    )
    add(
        '--min-visibility',
        type=int,
        default=1,
        help='1: all labelled keypoints, 2: only those that are seen (1)',
    )
    add('--origin', default='bottom-left', help='where v begins: bottom-left or top-left')
    add('--outside', default='error', help='keypoints outside the picture: error or drop (error)')
    add('--overwrite', action='store_true', help='replace OUT')
    add('--debug', action='store_true', help='show the traceback of an error')
    return parser.parse_args(argv)


def main(args: argparse.Namespace) -> None:
    """Convert, and print what was read."""
    from mmlandmark.apis.channels import coco_to_channels
    from mmlandmark.progress import waiting

    with waiting('converting'):
        result = coco_to_channels(
            args.source,
            args.out,
            channels=args.channels,
            min_visibility=args.min_visibility,
            origin=args.origin,
            outside=args.outside,
            overwrite=args.overwrite,
        )
    print(result.text())


if __name__ == '__main__':
    arguments = parse_args()
    sys.exit(launch.run(main, arguments))
