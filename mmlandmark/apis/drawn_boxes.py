"""A data set of drawn boxes with flaps: pictures and files of channel keypoints."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmlandmark.annotations.output_folder import check_output_folder, make_folder
from mmlandmark.annotations.writer import write_json
from mmlandmark.errors import LandmarkError
from mmlandmark.progress import track
from mmlandmark.synthetic.boxes import BoxScene, make_boxes
from mmlandmark.synthetic.boxes_file import boxes_document
from mmlandmark.synthetic.boxes_render import render_boxes
from mmlandmark.synthetic.boxes_shape import CHANNELS
from mmlandmark.synthetic.drawn_document import picture_name
from mmlandmark.visualization.pictures import write_picture


@dataclass(frozen=True)
class DrawnBoxesReport:
    """What was drawn.

    Attributes:
        out_dir: The folder.
        pictures: Part -> number of pictures.
        empty: Pictures without a keypoint.
        points: Channel -> number of points that can be seen, and are labelled.
        hidden: Channel -> number of points that are hidden or outside, and are left out.
    """

    out_dir: Path
    pictures: dict[str, int]
    empty: int
    points: dict[str, int]
    hidden: dict[str, int]

    def __str__(self) -> str:
        parts = ', '.join(f'{part} {count}' for part, count in self.pictures.items())
        points = (
            f'{self.points[c]} {c} ({self.hidden[c]} hidden or outside, left out)' for c in CHANNELS
        )
        return (
            f'{self.out_dir}: {sum(self.pictures.values())} pictures ({parts}; {self.empty} '
            f'without keypoints); {", ".join(points)}'
        )


def draw_boxes(
    out_dir: str | os.PathLike,
    *,
    train: int = 800,
    val: int = 100,
    test: int = 100,
    seed: int = 0,
    size: int = 128,
    overwrite: bool = False,
) -> DrawnBoxesReport:
    """Draw boxes and write ``images`` and ``train.json``, ``val.json`` and ``test.json``.

    Args:
        out_dir: Folder to write to; it is made if it is not there.
        train: Pictures to learn from.
        val: For validation.
        test: For the test.
        seed: The same seed and options give the same data set.
        size: Width and height of the pictures, pixels.
        overwrite: Replace files of an earlier call.

    Raises:
        LandmarkError: Wrong options, a folder that cannot be written to, or files that exist.
    """
    counts = {'train': train, 'val': val, 'test': test}
    for part, count in counts.items():
        if count < 1:
            raise LandmarkError(f'{count} pictures for part {part!r}; expected at least 1')
    files = [f'{part}.json' for part in counts]
    out_dir = check_output_folder(out_dir, files, overwrite=overwrite)
    scenes = [make_boxes(index, seed=seed, size=size) for index in range(sum(counts.values()))]
    make_folder(out_dir / 'images')
    for index, scene in enumerate(track(scenes, 'pictures')):
        write_picture(out_dir / picture_name(index), render_boxes(scene))
    parts = np.split(np.arange(len(scenes)), np.cumsum(list(counts.values()))[:-1])
    for name, members in zip(files, parts, strict=True):
        document = boxes_document({index: scenes[index] for index in members.tolist()})
        write_json(out_dir / name, document, overwrite=overwrite)
    return _report(out_dir, counts, scenes)


def _report(out_dir: Path, counts: dict[str, int], scenes: list[BoxScene]) -> DrawnBoxesReport:
    ids = np.concatenate([scene.channel_ids for scene in scenes])
    seen = np.bincount(ids, minlength=len(CHANNELS))
    hidden = np.sum([scene.hidden for scene in scenes], axis=0)
    return DrawnBoxesReport(
        out_dir=out_dir,
        pictures=counts,
        empty=sum(not len(scene.channel_ids) for scene in scenes),
        points=dict(zip(CHANNELS, seen.tolist(), strict=True)),
        hidden=dict(zip(CHANNELS, hidden.tolist(), strict=True)),
    )
