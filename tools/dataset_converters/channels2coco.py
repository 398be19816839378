"""Convert the published JSON of channel keypoints to a COCO keypoint file.

Example:
    python tools/dataset_converters/channels2coco.py data/boxes/train.json train_coco.json
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
    add('source', help='the published JSON')
    add('out', help='the COCO file to write')
    add('--root', help='folder of the pictures (that of SOURCE)')
    add(
        '--channels',
        help='which keys to take: \'a=b:c\', or \'{"corner": ["a", "b"], "flap": ["c"]}\' (all, '
        'each a channel of its own)',
    )
    add('--origin', default='bottom-left', help='where v begins: bottom-left or top-left')
    add('--outside', default='error', help='keypoints outside the picture: error or drop (error)')
    add('--category', default='object', help='name of the category (object)')
    add('--overwrite', action='store_true', help='replace OUT')
    add('--debug', action='store_true', help='show the traceback of an error')
    return parser.parse_args(argv)


def main(args: argparse.Namespace) -> None:
    """Convert, and print what was read."""
    from mmlandmark.apis.channels import channels_to_coco
    from mmlandmark.progress import waiting

    with waiting('converting'):
        result = channels_to_coco(
            args.source,
            args.out,
            root=args.root,
            channels=args.channels,
            origin=args.origin,
            outside=args.outside,
            category=args.category,
            overwrite=args.overwrite,
        )
    print(result.text())


if __name__ == '__main__':
    arguments = parse_args()
    sys.exit(launch.run(main, arguments))
