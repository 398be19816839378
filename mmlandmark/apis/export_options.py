"""The command line of an export; imports no torch."""

from __future__ import annotations

import argparse
from typing import Any

from mmlandmark.errors import LandmarkError
from mmlandmark.options import count

_FILES = 'expected [CONFIG] CHECKPOINT OUT, or --mapping NAME OUT'


def add_export_options(parser: argparse.ArgumentParser) -> None:
    """Add files and options of ``export_model``."""
    add = parser.add_argument
    add(
        'files',
        nargs='+',
        metavar='FILE',
        help='[CONFIG] CHECKPOINT OUT; OUT ends in .onnx, .json (a converter, for numpy), .pt '
        '(TorchScript) or .pt2 (torch.export); a converter needs no CONFIG',
    )
    add('--mapping', help='export a fixed mapping, by name or file, in place of a checkpoint')
    add('--schema', help='which schema to predict, for a model of several')
    add(
        '--frame',
        choices=('input', 'picture'),
        help='pixels of the points: of the crop (default), or of the picture, for which the graph '
        'takes the affine map of each crop',
    )
    add(
        '--flip-test',
        action=argparse.BooleanOptionalAction,
        help='average with the mirrored input; by default as the config says',
    )
    add(
        '--input-size',
        nargs=2,
        type=count,
        metavar=('WIDTH', 'HEIGHT'),
        help='of pictures, for channel keypoints whose pipeline does not say',
    )
    add('--top-k', type=count, help='the most keypoints of a channel')
    add('--opset', type=int, default=17, help='of ONNX (17)')
    add('--no-check', action='store_true', help='do not compare the file with PyTorch')
    add('--overwrite', action='store_true', help='replace a file that exists')


def export_arguments(args: argparse.Namespace) -> dict[str, Any]:
    """Return the arguments of ``export_model`` for a command line.

    Raises:
        LandmarkError: Another number of files.
    """
    *given, out = args.files
    if len(given) > (0 if args.mapping else 2) or not (given or args.mapping):
        raise LandmarkError(f'found {len(args.files)} files; {_FILES}')
    return dict(
        out=out,
        config=given[0] if len(given) == 2 else None,
        checkpoint=given[-1] if given else None,
        mapping=args.mapping,
        schema=args.schema,
        frame=args.frame,
        flip_test=args.flip_test,
        input_size=args.input_size,
        top_k=args.top_k,
        opset=args.opset,
        check=not args.no_check,
        overwrite=args.overwrite,
    )
