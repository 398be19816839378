"""Draw people labelled as COCO and as MPII label them, to try things out without real pictures.

Example:
    python tools/draw_bodies.py data/bodies --train 600 --val 60 --test 120
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
    add('out_dir', help='folder for images/ and {coco,mpii}_{train,val,test}.json')
    add('--train', type=int, default=600, help='people to learn from, in each data set (600)')
    add('--val', type=int, default=60, help='people for validation, labelled in both ways (60)')
    add('--test', type=int, default=120, help='people for the test, labelled in both ways (120)')
    add('--seed', type=int, default=0)
    add('--size', type=int, default=96, help='width and height of a picture, pixels (96)')
    add('--overwrite', action='store_true', help='replace the files in OUT_DIR')
    add('--debug', action='store_true', help='show the traceback of an error')
    return parser.parse_args(argv)


def main(args: argparse.Namespace) -> None:
    """Draw, and say what was drawn."""
    from mmlandmark.apis.drawn_bodies import draw_bodies

    options = {k: v for k, v in vars(args).items() if k not in ('out_dir', 'debug')}
    print(draw_bodies(args.out_dir, **options))


if __name__ == '__main__':
    arguments = parse_args()
    sys.exit(launch.run(main, arguments))
