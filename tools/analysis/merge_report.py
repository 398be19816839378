"""Say which keypoints of two schemas may share a channel of a union, from pairs.

Example:
    python tools/analysis/merge_report.py PAIRS.json --pairs-of-names \\
        upper_neck=left_shoulder+right_shoulder --out OUT
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
    add('pairs', help='COCO file of instances labelled in both schemas')
    add('--source-schema', help='name or file; by default found by the names in the file')
    add('--target-schema', help='name or file; by default found by the names in the file')
    add('--tolerance', type=float, default=0.1, help='largest harmless bias, in units (0.1)')
    add('--normalizer', help='the unit: head_size, eye_outer, bbox, ...')
    add(
        '--mapping',
        help='which keypoints belong together; by default those of equal names, or the shipped '
        'mapping where there are none',
    )
    add(
        '--pairs-of-names',
        nargs='+',
        default=[],
        metavar='TARGET=SOURCE[+SOURCE]',
        help='more pairs, such as negative controls; the mean of several source points',
    )
    add('--frame', choices=('body', 'lateral', 'image'), help='by default what the points allow')
    add('--by', help="groups of the bootstrap: an annotation's field; by default images")
    add('--floor', help='error of a model of the target data set: JSON or a pair file')
    add('--corrected', action='store_true', help='the labels will be moved by the stated offsets')
    add('--force', action='store_true', help='accept sides that do not match')
    add('--replicates', type=int, default=1000, help='of the bootstrap')
    add('--seed', type=at_least(0), default=0)
    add('--out', help='folder for report.html, report.json, union.json and keypoints/*.svg')
    add('--overwrite', action='store_true', help='replace the report in OUT')
    add('--debug', action='store_true', help='show the traceback of an error')
    return parser.parse_args(argv)


def main(args: argparse.Namespace) -> None:
    """Print the report, and write it where asked."""
    from mmlandmark.apis.merge_output import check_folder, report_text, write_merge_report
    from mmlandmark.apis.merge_pairs import read_schema_pairs
    from mmlandmark.apis.merge_report import merge_report
    from mmlandmark.evaluation.functional.merge_verdict import Limits

    if args.out:
        check_folder(args.out, args.overwrite)
    limits = Limits(tolerance=args.tolerance)
    pairs = read_schema_pairs(args.pairs, args.source_schema, args.target_schema, args.force)
    report = merge_report(
        pairs,
        mapping=args.mapping,
        extra=args.pairs_of_names,
        normalizer=args.normalizer,
        frame=args.frame,
        group_by=args.by,
        limits=limits,
        floor=args.floor,
        corrected=args.corrected,
        replicates=args.replicates,
        seed=args.seed,
    )
    print(report_text(report))
    if args.out:
        print(f'\nwrote {write_merge_report(args.out, report, args.overwrite)}')


if __name__ == '__main__':
    arguments = parse_args()
    sys.exit(launch.run(main, arguments))
