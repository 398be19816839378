"""Print the error of a constant mean shape, and of models beside it, on the same faces.

Example:
    python tools/test.py CONFIG CHECKPOINT --dump-pairs model.json
    python tools/analysis/mean_shape_baseline.py TRAIN.json TEST.json --predictions model.json
    python tools/analysis/mean_shape_baseline.py TRAIN.json TEST.json --metric mpjpe \\
        --frame box picture
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
    add('train', help='COCO keypoint file whose mean shape it is')
    add('test', help='COCO keypoint file to test on')
    add(
        '--predictions',
        nargs='+',
        default=[],
        metavar='PAIRS.json',
        help='of tools/test.py --dump-pairs, one file for each model',
    )
    add(
        '--metric',
        choices=('nme', 'mpjpe', 'pck'),
        default='nme',
        help='NME (x100), MPJPE, or the share of points within --threshold',
    )
    add('--threshold', type=float, default=0.2, help='for pck, in units of --norm (0.2)')
    add(
        '--norm',
        help='what errors are divided by (eye_outer for nme, pixel for mpjpe, bbox for pck)',
    )
    add(
        '--frame',
        nargs='+',
        choices=('box', 'picture'),
        default=['box'],
        help='what the mean is taken in: the box, the whole picture, or both',
    )
    add('--schema', help='name or file; by default found by the names in TRAIN')
    add('--style', choices=('text', 'markdown', 'csv'), default='text')
    add('--out', metavar='FILE.json', help='write all figures')
    add('--overwrite', action='store_true', help='replace the file of --out')
    add('--debug', action='store_true', help='show the traceback of an error')
    return parser.parse_args(argv)


def main(args: argparse.Namespace) -> None:
    """Print the table, and write the figures where asked."""
    from mmlandmark.annotations.writer import check_output, write_json
    from mmlandmark.apis.mean_shape import mean_shape_baseline
    from mmlandmark.progress import waiting

    if args.out:
        check_output(args.out, overwrite=args.overwrite)
    with waiting('reading and measuring'):
        report = mean_shape_baseline(
            args.train,
            args.test,
            predictions=args.predictions,
            norm=args.norm,
            schema=args.schema,
            metric=args.metric,
            threshold=args.threshold,
            frames=args.frame,
        )
    print(f'mean shape of {report.train} instances')
    print(report.table(args.style))
    if args.out:
        write_json(args.out, report.to_json(), overwrite=args.overwrite)


if __name__ == '__main__':
    arguments = parse_args()
    sys.exit(launch.run(main, arguments))
