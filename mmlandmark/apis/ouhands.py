"""Convert OUHANDS with its landmark files to COCO keypoint files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mmlandmark.annotations.face_boxes import DEFAULT_MARGIN
from mmlandmark.annotations.ouhands import LANDMARKS, read_ouhands
from mmlandmark.annotations.ouhands_coco import coco_document
from mmlandmark.annotations.ouhands_layout import SPLITS, check_split
from mmlandmark.annotations.ouhands_result import RawHands
from mmlandmark.annotations.output_folder import check_output_folder, make_folder
from mmlandmark.annotations.writer import write_json
from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional import render_table

#: Split -> the file that is written.
FILES = {'train': 'train.json', 'validation': 'val.json', 'test': 'test.json'}
REPORT = 'report.json'


@dataclass(frozen=True)
class HandConversion:
    """What a conversion read and wrote.

    Attributes:
        hands: Split -> its hands.
        documents: Split -> its COCO document.
        written: The files.
    """

    hands: dict[str, RawHands]
    documents: dict[str, dict[str, Any]]
    written: list[Path]

    def to_json(self) -> dict[str, Any]:
        """Return counts by class, the scale of z, defects and notes of every split."""
        return {
            split: {
                'file': FILES[split],
                'classes': hands.rows(),
                'boxes': _box_counts(self.documents[split]),
                'depth_scale': _finite(hands.depth_scale()),
                'defects': [asdict(problem) for problem in hands.defects],
                'notes': [asdict(problem) for problem in hands.notes],
            }
            for split, hands in self.hands.items()
        }

    def text(self) -> str:
        """Return the same for a terminal, defects and notes by kind."""
        blocks = []
        for split, hands in self.hands.items():
            scale = _finite(hands.depth_scale())
            boxes = _box_counts(self.documents[split])
            lines = [
                *hands.summary(),
                render_table(hands.rows()),
                'boxes: ' + ', '.join(f'{count} of {what}' for what, count in boxes.items()),
                'no z' if scale is None else f'z: 99 % are within {scale:.4f} of 0',
            ]
            blocks.append('\n'.join(lines))
        return '\n\n'.join(blocks)


def convert_ouhands(
    root: str | os.PathLike,
    out_dir: str | os.PathLike,
    *,
    splits: Sequence[str] = SPLITS,
    landmarks: str = LANDMARKS,
    bbox_source: str = 'auto',
    margin: float = DEFAULT_MARGIN,
    skip_defects: bool = False,
    overwrite: bool = False,
) -> HandConversion:
    """Write ``train.json``, ``val.json`` (validation), ``test.json`` and ``report.json``.

    Ids count on from file to file, so that no two of them are the same.

    Args:
        root: Folder of the release.
        out_dir: Folder to write to; made if need be.
        splits: Which of them.
        landmarks: Folder of the landmark files, relative to ``root``.
        bbox_source: See `annotations.ouhands_coco.choose_hand_boxes`.
        margin: The same.
        skip_defects: See `annotations.ouhands.read_ouhands`.
        overwrite: Replace files that exist; those of an earlier run do not stay.

    Raises:
        LandmarkError: Anything wrong with the input or the settings; nothing is written then.
    """
    if not splits:
        raise LandmarkError('no split to convert; expected one or more of ' + ', '.join(SPLITS))
    for split in splits:
        check_split(split)
    folder = check_output_folder(out_dir, (*FILES.values(), REPORT), overwrite=overwrite)
    hands, documents = {}, {}
    first_id = 1
    for split in dict.fromkeys(splits):
        raw = read_ouhands(root, split, landmarks=landmarks, skip_defects=skip_defects)
        info = {
            'description': f'OUHANDS {split}: hands with the points of {raw.schema.name}',
            'bbox_source': bbox_source,
            'bbox_margin': margin,
        }
        hands[split] = raw
        documents[split] = coco_document(raw, bbox_source, margin, first_id=first_id, info=info)
        first_id += len(raw)
    names = [*(FILES[split] for split in documents), REPORT]
    result = HandConversion(hands, documents, [folder / name for name in names])
    make_folder(folder)
    contents = [*documents.values(), result.to_json()]
    for path, content in zip(result.written, contents, strict=True):
        write_json(path, content, overwrite=True)
    _remove(folder / name for name in {*FILES.values()} - {*names})  # of an earlier run
    return result


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        with suppress(FileNotFoundError):
            path.unlink()


def _box_counts(document: dict[str, Any]) -> dict[str, int]:
    sources = [annotation['bbox_source'] for annotation in document['annotations']]
    return {source: sources.count(source) for source in dict.fromkeys(sources)}


def _finite(value: float) -> float | None:
    return None if value != value else value
