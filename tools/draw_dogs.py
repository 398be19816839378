"""Draw dog faces with their 46 landmarks, to try things out without pictures of real dogs.

Example:
    python tools/draw_dogs.py data/drawn_dogs --labels data/DogFLW/annotations/train.json
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
    add('out_dir', help='folder for images/ and annotations/{train,val,test}.json')
    add('--labels', help='COCO file or raw DogFLW folder whose shapes to follow; else our own')
    add('--count', type=int, default=3000, help='number of pictures (3000)')
    add('--seed', type=int, default=0)
    add('--size', type=int, default=112, help='width and height of a picture, pixels (112)')
    add('--per-breed', type=int, default=5, help='pictures of one breed (5)')
    add('--val-fraction', type=float, default=0.1, help='share of the breeds (0.1)')
    add('--test-fraction', type=float, default=0.2, help='share of the breeds (0.2)')
    add(
        '--raw',
        action='store_true',
        help='write {train,test}/{images,labels}, as a raw release of DogFLW has them',
    )
    add('--overwrite', action='store_true', help='replace the files in OUT_DIR')
    add('--debug', action='store_true', help='show the traceback of an error')
    return parser.parse_args(argv)


def main(args: argparse.Namespace) -> None:
    """Draw, and say what was drawn."""
    from mmlandmark.apis.drawn_dogs import draw_dogs

    options = {k: v for k, v in vars(args).items() if k not in ('out_dir', 'debug')}
    print(draw_dogs(args.out_dir, **options))


if __name__ == '__main__':
    arguments = parse_args()
    sys.exit(launch.run(main, arguments))
