"""Draw boxes with flaps, with any number of keypoints: the corners of openings and of flaps.

Example:
    python tools/draw_boxes.py data/boxes --train 800 --val 100 --test 100 --seed 0
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
    add('out_dir', help='folder for images/, train.json, val.json and test.json')
    add('--train', type=int, default=800, help='pictures to learn from (800)')
    add('--val', type=int, default=100, help='pictures for validation (100)')
    add('--test', type=int, default=100, help='pictures for the test (100)')
    add('--seed', type=int, default=0)
    add('--size', type=int, default=128, help='width and height of a picture, pixels (128)')
    add('--overwrite', action='store_true', help='replace the files in OUT_DIR')
    add('--debug', action='store_true', help='show the traceback of an error')
    return parser.parse_args(argv)


def main(args: argparse.Namespace) -> None:
    """Draw, and say what was drawn."""
    from mmlandmark.apis.drawn_boxes import draw_boxes

    options = {k: v for k, v in vars(args).items() if k not in ('out_dir', 'debug')}
    print(draw_boxes(args.out_dir, **options))


if __name__ == '__main__':
    arguments = parse_args()
    sys.exit(launch.run(main, arguments))
