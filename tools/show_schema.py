"""Check a schema or a mapping, print what it says, and draw the schema.

Example:
    python tools/show_schema.py my_schema.py --draw my_schema.svg --numbers
    python tools/show_schema.py --mapping coco17-to-mpii16
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from mmlandmark.annotations.writer import check_output, write_bytes
from mmlandmark.errors import exit_status
from mmlandmark.schemas import KeypointSchema, get_mapping, get_schema
from mmlandmark.schemas.describe import describe_mapping, describe_schema


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add('schema', nargs='?', help='a shipped schema by name, or your own by its file')
    add('--mapping', metavar='NAME', help='a mapping instead, by name or file')
    add('--draw', metavar='OUT.svg', help='write a drawing of the schema')
    add('--numbers', action='store_true', help='number the keypoints in the drawing')
    add('--overwrite', action='store_true', help='replace the file of --draw')
    add('--debug', action='store_true', help='show the traceback of an error')
    args = parser.parse_args(argv)
    if (args.schema is None) == (args.mapping is None):
        parser.error('expected a schema, or --mapping NAME')
    if args.mapping and args.draw:
        parser.error('--draw draws a schema; `mmlandmark view` shows a mapping on pictures')
    return args


def run(args: argparse.Namespace) -> None:
    """Do what the command line says; LandmarkError for wrong input."""
    if args.mapping:
        print(describe_mapping(get_mapping(args.mapping)))
        return
    schema = get_schema(args.schema)
    drawing = _drawing(schema, args) if args.draw else None
    print(describe_schema(schema))
    if drawing is not None:
        write_bytes(args.draw, drawing.encode())
        print(f'wrote {args.draw}')


def _drawing(schema: KeypointSchema, args: argparse.Namespace) -> str:
    check_output(args.draw, overwrite=args.overwrite)
    from mmlandmark.visualization.schema_figure import schema_drawing  # it needs the stack

    svg = schema_drawing(schema, numbers=args.numbers)
    return svg.replace('<svg ', '<svg xmlns="http://www.w3.org/2000/svg" ', 1)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; 0 if all is well, 2 if the schema or the mapping is wrong."""
    args = parse_args(argv)
    return exit_status(lambda: run(args), debug=args.debug)


if __name__ == '__main__':
    sys.exit(main())
