"""Write a trained model as a file that other programs run; its ending says how.

Examples:
    python tools/export_onnx.py best.pth converter.onnx              # a converter
    python tools/export_onnx.py best.pth converter.json              # for numpy alone
    python tools/export_onnx.py --mapping coco17-to-mpii16 map.onnx
    python tools/export_onnx.py CONFIG best.pth landmarks.onnx       # a top-down model
    python tools/export_onnx.py CONFIG best.pth landmarks.pt2        # for torch.export
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from mmlandmark.apis import launch
from mmlandmark.apis.export_options import add_export_options, export_arguments


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_export_options(parser)
    parser.add_argument('--debug', action='store_true', help='show the traceback of an error')
    return parser.parse_args(argv)


def main(args: argparse.Namespace) -> None:
    """Export, and say what was written."""
    from mmlandmark.apis.export import export_model
    from mmlandmark.progress import waiting

    with waiting('exporting and comparing'):
        told = export_model(**export_arguments(args))
    print(told)


if __name__ == '__main__':
    arguments = parse_args()
    sys.exit(launch.run(main, arguments))
