"""Find the keypoints of each channel on pictures, in folders and in videos.

Example:
    python tools/infer_channels.py PICTURES --config CONFIG --checkpoint FILE.pth \\
        --out keypoints.json --draw drawn
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from mmlandmark.apis import launch

_SHOWN = 20


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add('pictures', nargs='+', help='pictures, folders (with all below them) or videos')
    add('--config', required=True, help='config of the model, or PACKAGE::PATH')
    add('--checkpoint', required=True, help='its weights: a file or an address')
    add('--out', help='JSON file of the results')
    add('--coco-out', help='COCO keypoint file of the results')
    add('--draw', metavar='DIR', help='folder for pictures with the results drawn on them')
    add('--threshold', type=float, help='least score of a keypoint; by default as the config says')
    add('--batch-size', type=int, default=16, help='pictures at a time (16)')
    add('--device', help='cpu, cuda:0, ...; by default a GPU if there is one')
    add('--strict', action='store_true', help='stop at a picture that cannot be read')
    add('--overwrite', action='store_true', help='replace files that exist')
    add('--debug', action='store_true', help='show the traceback of an error')
    return parser.parse_args(argv)


def main(args: argparse.Namespace) -> None:
    """Predict, write and count."""
    from mmlandmark.apis import ChannelInferencer
    from mmlandmark.apis.channel_results import count_channel_results
    from mmlandmark.errors import LandmarkError

    if not (args.out or args.coco_out or args.draw):
        raise LandmarkError('nothing to write: give --out, --coco-out or --draw')
    inferencer = ChannelInferencer(
        args.config,
        args.checkpoint,
        device=args.device,
        batch_size=args.batch_size,
        threshold=args.threshold,
    )
    results = inferencer(
        args.pictures,
        draw_dir=args.draw,
        out=args.out,
        coco_out=args.coco_out,
        strict=args.strict,
        overwrite=args.overwrite,
    )
    counts = count_channel_results(results, inferencer.channels)
    found = ', '.join(f'{count} {name}' for name, count in counts['keypoints'].items())
    print(
        f'{counts["pictures"]} pictures: {found}; {counts["without_keypoints"]} without a '
        f'keypoint, {counts["unreadable"]} unreadable'
    )
    problems = [result.problem for result in results if result.problem]
    for line in problems[:_SHOWN]:
        print(f'  {line}')
    if len(problems) > _SHOWN:
        print(f'  and {len(problems) - _SHOWN} more')
    for path in filter(None, (args.out, args.coco_out, args.draw)):
        print(f'wrote {path}')


if __name__ == '__main__':
    arguments = parse_args()
    sys.exit(launch.run(main, arguments))
