"""Look at annotations, conversions and mappings in the browser.

view_annotations.py ANNOTATIONS [IMAGES]

Serves a page on 127.0.0.1 until Ctrl+C; its address, with the token of this run, is printed.
"""

from __future__ import annotations

import argparse
import sys

from mmlandmark.errors import LandmarkError, exit_status


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('annotations', help='a COCO keypoint file')
    parser.add_argument('images', nargs='?', help='folder of its pictures; default: its own')
    several = {'action': 'append', 'default': []}
    parser.add_argument(
        '--mapping', metavar='NAME', help='a fixed mapping, by name or file; may be given again',
        **several,
    )  # fmt: skip
    parser.add_argument(
        '--checkpoint', metavar='FILE', help='a trained converter; may be given again', **several
    )
    parser.add_argument('--truth', metavar='FILE', help='a COCO file with the true points')
    parser.add_argument(
        '--schema', metavar='NAME', help='schema of the points, by name or file', **several
    )
    parser.add_argument(
        '--target', metavar='NAME', help='offer mappings to this schema too', **several
    )
    parser.add_argument(
        '--out', metavar='FOLDER', help='the only folder that mappings and exports are written to'
    )
    parser.add_argument('--keypoints-field', default='keypoints', help='key of the points')
    parser.add_argument('--truth-field', default='keypoints', help='key of the true points')
    parser.add_argument(
        '--by', choices=('id', 'box'), default='id', help='how instances of two files are joined'
    )
    parser.add_argument(
        '--assume-names', action='store_true', help='categories without names are in schema order'
    )
    parser.add_argument('--device', default='cpu', help='where a trained converter computes')
    parser.add_argument('--port', type=int, default=0, help='0, the default: any free one')
    parser.add_argument('--no-browser', action='store_true', help='only print the address')
    parser.add_argument('--debug', action='store_true', help='show the traceback of an error')
    return parser.parse_args(argv)


def run(args: argparse.Namespace) -> None:
    """Show the page until Ctrl+C."""
    try:
        from mmlandmark.viewer import view
    except ImportError as error:
        if error.name not in ('fastapi', 'uvicorn', 'starlette', 'pydantic'):
            raise
        raise LandmarkError(f"{error.name} is missing: pip install 'mmlandmark[viewer]'") from error
    view(
        args.annotations,
        args.images,
        mappings=args.mapping,
        checkpoints=args.checkpoint,
        schemas=args.schema,
        targets=args.target,
        truth=args.truth,
        out=args.out,
        keypoints_field=args.keypoints_field,
        truth_field=args.truth_field,
        by=args.by,
        assume_names=args.assume_names,
        device=args.device,
        port=args.port,
        browser=not args.no_browser,
    )


def main(argv: list[str] | None = None) -> int:
    """Run the viewer; 0 after Ctrl+C, 2 if the input is wrong."""
    args = parse_args(argv)
    return exit_status(lambda: run(args), debug=args.debug)


if __name__ == '__main__':
    sys.exit(main())
