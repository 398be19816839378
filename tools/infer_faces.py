"""Find the landmarks of faces on pictures, in folders and in videos.

Example:
    python tools/infer_faces.py PICTURES --config CONFIG --checkpoint FILE.pth \\
        --detector-checkpoint FACES.pth --out landmarks.json --draw drawn
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
    add('--config', required=True, help='config of the landmark model, or PACKAGE::PATH')
    add('--checkpoint', required=True, help='its weights: a file or an address')
    add('--schema', help='which schema to predict, for models of several')
    boxes = parser.add_argument_group('where the faces are: one of')
    boxes.add_argument('--boxes', help='COCO file, or JSON {"picture": [[x1, y1, x2, y2], ...]}')
    boxes.add_argument('--detector-checkpoint', help='weights of a detector of MMDetection')
    boxes.add_argument('--whole-image', action='store_true', help='every picture is one face')
    detector = parser.add_argument_group('the detector')
    detector.add_argument('--detector', help='its config; RTMDet-tiny of one class by default')
    detector.add_argument('--detector-classes', nargs='+', help='which of its classes are faces')
    detector.add_argument('--bbox-thr', type=float, default=0.3, help='least score of a box (0.3)')
    detector.add_argument('--nms-thr', type=float, default=0.3, help='largest overlap (0.3)')
    add('--out', help='JSON file of the results')
    add('--coco-out', help='COCO keypoint file of the results')
    add('--draw', metavar='DIR', help='folder for pictures with the results drawn on them')
    add('--flip-test', action='store_true', default=None, help='average with the mirrored crop')
    add('--no-flip-test', dest='flip_test', action='store_false')
    add('--batch-size', type=int, help='faces at a time; by default 4 on a CPU, else 64')
    add('--bfloat16', action='store_true', help='run the network in bfloat16')
    add('--channels-last', action='store_true', default=None, help='memory format of the network')
    add('--no-channels-last', dest='channels_last', action='store_false', help='(on a CPU: on)')
    add('--no-fuse', dest='fuse', action='store_false', help='keep batch normalisations as layers')
    add('--keep-memory', action='store_true', help='keep freed memory (on a CPU)')
    add('--device', help='cpu, cuda:0, ...; by default a GPU if there is one')
    add('--strict', action='store_true', help='stop at a picture or box that cannot be used')
    add('--overwrite', action='store_true', help='replace files that exist')
    add('--debug', action='store_true', help='show the traceback of an error')
    return parser.parse_args(argv)


def main(args: argparse.Namespace) -> None:
    """Predict, write and count."""
    from mmlandmark.apis import FaceLandmarkInferencer
    from mmlandmark.apis.face_batches import problems_of
    from mmlandmark.apis.face_results import count_results
    from mmlandmark.errors import LandmarkError

    if not (args.out or args.coco_out or args.draw):
        raise LandmarkError('nothing to write: give --out, --coco-out or --draw')
    if (args.boxes or args.whole_image) and (args.detector or args.detector_checkpoint):
        raise LandmarkError('a detector beside --boxes or --whole-image; expected one of them')
    inferencer = FaceLandmarkInferencer(
        args.config,
        args.checkpoint,
        detector=args.detector,
        detector_checkpoint=args.detector_checkpoint,
        device=args.device,
        batch_size=args.batch_size,
        bbox_thr=args.bbox_thr,
        nms_thr=args.nms_thr,
        detector_classes=args.detector_classes,
        schema=args.schema,
        bfloat16=args.bfloat16,
        channels_last=args.channels_last,
        fuse=args.fuse,
        keep_memory=args.keep_memory,
    )
    results = inferencer(
        args.pictures,
        bboxes=args.boxes,
        whole_image=args.whole_image,
        flip_test=args.flip_test,
        draw_dir=args.draw,
        out=args.out,
        coco_out=args.coco_out,
        strict=args.strict,
        overwrite=args.overwrite,
    )
    counts = count_results(results)
    print(
        f'{counts["pictures"]} pictures, {counts["faces"]} faces of '
        f'{inferencer.schema.num_keypoints} points ({inferencer.schema.name}); '
        f'{counts["without_faces"]} without a face, {counts["unreadable"]} unreadable'
    )
    problems = problems_of(results)
    for line in problems[:_SHOWN]:
        print(f'  {line}')
    if len(problems) > _SHOWN:
        print(f'  and {len(problems) - _SHOWN} more problems')
    for path in filter(None, (args.out, args.coco_out, args.draw)):
        print(f'wrote {path}')


if __name__ == '__main__':
    arguments = parse_args()
    sys.exit(launch.run(main, arguments))
