"""Convert the keypoints of a COCO file to another schema.

convert_keypoints.py CONFIG CHECKPOINT IN.json OUT.json
convert_keypoints.py CHECKPOINT IN.json OUT.json
convert_keypoints.py --mapping NAME IN.json OUT.json
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

from mmlandmark._stack import install_command, missing_packages
from mmlandmark.annotations.output_folder import check_output_folder
from mmlandmark.annotations.writer import check_output
from mmlandmark.apis.convert import convert_file
from mmlandmark.apis.report import ConversionReport
from mmlandmark.apis.report_file import check_report
from mmlandmark.errors import LandmarkError, exit_status
from mmlandmark.options import at_least, count
from mmlandmark.progress import counting, waiting
from mmlandmark.schemas import get_mapping


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line; ``config`` is None where it is not given."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('files', nargs='+', metavar='FILE', help='see above')
    parser.add_argument('--mapping', metavar='NAME', help='a fixed mapping, by name or file')
    parser.add_argument('--batch-size', type=count, default=8192, help='annotations at a time')
    parser.add_argument('--device', default='cpu', help='where a trained converter computes')
    parser.add_argument('--keypoints-field', default='keypoints', help='key of the source points')
    parser.add_argument('--decimals', type=at_least(0), default=3, help='digits kept of a pixel')
    parser.add_argument(
        '--assume-names', action='store_true', help='categories without names are in schema order'
    )
    parser.add_argument('--show-dir', help='draw source and converted points into this folder')
    parser.add_argument('--image-root', default='.', help='folder of the pictures')
    parser.add_argument('--max-images', type=count, help='draw so many images only')
    parser.add_argument(
        '--numbers', action='store_true', help='number the keypoints in the pictures of --show-dir'
    )
    parser.add_argument('--report', metavar='OUT.html', help='file for a report on the conversion')
    parser.add_argument(
        '--truth', metavar='FILE.json', help='labels in the target schema, for errors in the report'
    )
    parser.add_argument(
        '--report-cases', type=at_least(0), default=3, help='pictures of each kind in the report'
    )
    parser.add_argument('--overwrite', action='store_true', help='replace files that exist')
    parser.add_argument('--debug', action='store_true', help='show the traceback of an error')
    args = parser.parse_args(argv)
    wanted = (2,) if args.mapping else (3, 4)
    if len(args.files) not in wanted:
        parser.error(f'expected {" or ".join(map(str, wanted))} files, got {len(args.files)}')
    if args.truth and not args.report:
        parser.error('--truth is for the report: expected --report OUT.html beside it')
    args.input, args.output = args.files[-2:]
    args.checkpoint = None if args.mapping else args.files[-3]
    args.config = args.files[0] if len(args.files) == 4 else None
    return args


def run(args: argparse.Namespace) -> ConversionReport:
    """Do what the command line says and print the summary; LandmarkError for wrong input."""
    check_output(args.output, overwrite=args.overwrite)
    if args.show_dir:
        check_output_folder(args.show_dir, overwrite=args.overwrite)
    if args.report:
        check_report(args.report, overwrite=args.overwrite)
        if os.path.realpath(args.report) == os.path.realpath(args.output):
            raise LandmarkError(
                f'--report {args.report}: is the converted file too; expected another name'
            )
    _check_stack(args)
    if args.mapping:
        converter = get_mapping(args.mapping)
    else:
        from mmlandmark.apis.load import load_inferencer

        converter = load_inferencer(
            args.checkpoint, args.config, device=args.device, batch_size=args.batch_size
        )
    truth, check = _read_truth(args, converter)
    with counting('converting') as progress:
        report = convert_file(
            converter,
            args.input,
            args.output,
            overwrite=args.overwrite,
            keypoints_field=args.keypoints_field,
            batch_size=args.batch_size,
            decimals=args.decimals,
            assume_names=args.assume_names,
            progress=progress,
            check=check,
        )
    print(report.summary())
    print(f'wrote {args.output}')
    if args.show_dir:
        from mmlandmark.apis.show import show_conversion

        shown = show_conversion(
            args.output,
            converter.source_schema,
            converter.target_schema,
            args.show_dir,
            image_root=args.image_root,
            max_images=args.max_images,
            keypoints_field=args.keypoints_field,
            overwrite=args.overwrite,
            numbers=args.numbers,
        )
        print(shown.summary(args.show_dir))
    if args.report:
        from mmlandmark.apis.report_conversion import report_conversion

        with waiting('drawing the report'):
            report_conversion(
                args.report,
                converter,
                report,
                args.output,
                truth=truth,
                keypoints_field=args.keypoints_field,
                image_root=args.image_root,
                cases=args.report_cases,
            )
        print(f'wrote {args.report}')
    return report


def _check_stack(args: argparse.Namespace) -> None:
    """Look for what drawing needs, before a mapping that does without it writes its file."""
    missing = missing_packages()
    for option, place in (('--show-dir', args.show_dir), ('--report', args.report)):
        if place and missing:
            needs = f'{option} needs {", ".join(missing)}'
            raise LandmarkError(f'{needs}; install with: {install_command(missing)}')


def _read_truth(
    args: argparse.Namespace, converter: Any
) -> tuple[Any, Callable[[Any], object] | None]:
    """The labels to compare with, and what looks whether the input has their ids.

    Both are read before the work; None without ``--truth``.
    """
    if not args.truth:
        return None, None
    from mmlandmark.apis.report_conversion import pair_with_truth, read_truth

    truth = read_truth(args.truth, converter.target_schema)
    return truth, partial(pair_with_truth, truth=truth)


def main(argv: list[str] | None = None) -> int:
    """Run the command; 0 if the file was written, 2 if the input is wrong."""
    args = parse_args(argv)
    return exit_status(lambda: run(args), debug=args.debug)


if __name__ == '__main__':
    sys.exit(main())
