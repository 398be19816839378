"""Make faces labelled with 68 and with 48 points, to try things out without real pictures.

Example:
    python tools/draw_faces.py data/faces --count 400 --pictures 0
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
    add('out_dir', help='folder for face68.json, face48.json and images/')
    add('--count', type=int, default=400, help='number of faces (400)')
    add('--pictures', type=int, help='draw only so many of them; a converter needs none')
    add('--per-person', type=int, default=5, help='faces of one person (5)')
    add('--seed', type=int, default=0)
    add('--overwrite', action='store_true', help='replace the files in OUT_DIR')
    add('--debug', action='store_true', help='show the traceback of an error')
    return parser.parse_args(argv)


def main(args: argparse.Namespace) -> None:
    """Make the faces, and say what was made."""
    from mmlandmark.apis.drawn_faces import draw_faces

    options = {k: v for k, v in vars(args).items() if k not in ('out_dir', 'debug')}
    print(draw_faces(args.out_dir, **options))


if __name__ == '__main__':
    arguments = parse_args()
    sys.exit(launch.run(main, arguments))
