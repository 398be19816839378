"""The command line of the tools that make landmark files.

They run without MMPose, so that MediaPipe can have an environment of its own: its release with
models and the current TensorBoard want different versions of protobuf.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from functools import partial

from mmlandmark.annotations.extraction import extract_landmarks
from mmlandmark.annotations.extraction_tasks import REPORT
from mmlandmark.annotations.mediapipe_detectors import LandmarkDetector
from mmlandmark.errors import LandmarkError
from mmlandmark.progress import track


def parse_args(description: str, argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add('images', help='folder of pictures, or of OUHANDS (OUHANDS_train, OUHANDS_test)')
    add('out', help='folder for the landmark files and extraction.json, the report')
    add('--confidence', type=float, default=0.7, help='least score of a detection (0.7)')
    add(
        '--border',
        type=float,
        default=0.0,
        metavar='SHARE',
        help='repeat the edges of tight crops by this share on each side, 0.3 say (0)',
    )
    add('--overwrite', action='store_true', help='start anew instead of going on')
    add('--debug', action='store_true', help='show the traceback of an error')
    return parser.parse_args(argv)


def run(make_detector: Callable[[float], LandmarkDetector], args: argparse.Namespace) -> int:
    """Make the landmark files and print what was found.

    Args:
        make_detector: Confidence -> detector.
        args: The options.

    Returns:
        The exit status: 0, or 2 after a user's error, which is told in one line.
    """
    try:
        detector = make_detector(args.confidence)
        result = extract_landmarks(
            args.images,
            args.out,
            detector,
            border=args.border,
            overwrite=args.overwrite,
            progress=partial(track, what='pictures'),
        )
    except (LandmarkError, OSError, ImportError) as error:
        if args.debug:
            raise
        print(f'error: {" ".join(str(error).split())}', file=sys.stderr)
        return 2
    print(result.text())
    print(f'\nwrote landmark files and {REPORT} to {args.out}')
    return 0
