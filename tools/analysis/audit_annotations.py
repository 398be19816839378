"""Say what is wrong in a COCO keypoint file: boxes, points, sides, duplicates, pictures.

Example:
    python tools/analysis/audit_annotations.py FILE.json --data-root PICTURES --out OUT
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
    add('file', help='COCO keypoint file')
    add('--schema', help='name or file; by default found by the names in the file')
    add('--data-root', help='folder of the pictures; by default they are not looked at')
    add('--bbox-field', default='bbox', help='key of the boxes to look at (bbox)')
    add('--out', help='folder for audit.json, audit.txt and contact_sheet.png')
    add('--count', type=int, default=24, help='instances on the contact sheet (24)')
    add('--overwrite', action='store_true', help='replace the audit in OUT')
    add('--debug', action='store_true', help='show the traceback of an error')
    return parser.parse_args(argv)


def main(args: argparse.Namespace) -> None:
    """Print the audit, and write it where asked."""
    from mmlandmark.apis.audit import audit_file, check_audit_folder, write_audit

    if args.out:
        check_audit_folder(args.out, args.overwrite)
    result = audit_file(
        args.file, args.schema, data_root=args.data_root, bbox_field=args.bbox_field
    )
    print(result.text())
    if args.out:
        files = write_audit(args.out, result, count=args.count, overwrite=args.overwrite)
        print(f'\nwrote {", ".join(file.name for file in files)} to {args.out}')


if __name__ == '__main__':
    arguments = parse_args()
    sys.exit(launch.run(main, arguments))
