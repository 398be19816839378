"""Which commands there are, which tool each one runs, and examples of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """One command.

    Args:
        name: What is typed after ``mmlandmark``.
        summary: What it does, in a few words.
        tool: The script in ``tools/`` that does it.
        examples: Command lines, without the leading ``mmlandmark NAME``.
    """

    name: str
    summary: str
    tool: str
    examples: tuple[str, ...]


COMMANDS = {
    command.name: command
    for command in (
        Command(
            'train',
            'train a model from a config',
            'train.py',
            (
                'configs/converter/pairs_residual.py --work-dir work_dirs/mine',
                'mmlandmark::dogflw/td-hm_mobilenetv2_udp-8xb32-210e_dogflw-256x256.py --amp',
                'config.py --resume --cfg-options train_dataloader.batch_size=16',
            ),
        ),
        Command(
            'test',
            'test a checkpoint',
            'test.py',
            (
                'config.py work_dirs/mine/best.pth --out metrics.json',
                'config.py work_dirs/mine/best.pth --show-dir pictures --report test.html',
            ),
        ),
        Command(
            'convert',
            'convert the keypoints of a COCO file to another schema',
            'convert_keypoints.py',
            (
                'work_dirs/mine/best.pth more_68.json more_48.json',
                '--mapping face68-to-face48 more_68.json mapped_48.json',
                'best.pth more_68.json more_48.json --report out.html --truth my_48.json',
            ),
        ),
        Command(
            'pair',
            'join two COCO files that label the same pictures into pairs',
            'dataset_converters/pair_annotations.py',
            (
                'my_68.json my_48.json pairs.json',
                'my_68.json my_48.json pairs.json --by box --report left_out.json',
            ),
        ),
        Command(
            'audit',
            'say what is wrong in a COCO keypoint file',
            'analysis/audit_annotations.py',
            ('faces.json', 'faces.json --data-root pictures --out audit'),
        ),
        Command(
            'merge-report',
            'say which keypoints of two schemas may share a channel',
            'analysis/merge_report.py',
            ('pairs.json --out merge', 'pairs.json --tolerance 0.05 --normalizer eye_outer'),
        ),
        Command(
            'schema',
            'check a schema or a mapping, say what it holds, draw it',
            'show_schema.py',
            (
                'coco17',
                'my_schema.py --draw my_schema.svg --numbers',
                '--mapping face68-to-face48',
            ),
        ),
        Command(
            'export',
            'write a model as ONNX, or a converter for numpy alone',
            'export_onnx.py',
            (
                'work_dirs/mine/best.pth converter.onnx',
                'config.py work_dirs/mine/best.pth detector.onnx',
            ),
        ),
        Command(
            'view',
            'look at annotations, conversions and mappings in the browser',
            'view_annotations.py',
            (
                'faces.json pictures',
                'faces.json pictures --mapping face68-to-face48 --truth faces_48.json --out mine',
            ),
        ),
    )
}
