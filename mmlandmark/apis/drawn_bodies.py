"""Two data sets of drawn people: one labelled as COCO labels them, one as MPII does."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmlandmark.annotations.output_folder import check_output_folder, make_folder
from mmlandmark.annotations.writer import write_json
from mmlandmark.errors import LandmarkError
from mmlandmark.progress import track
from mmlandmark.synthetic.bodies import SCHEMAS, make_bodies
from mmlandmark.synthetic.bodies_file import body_document
from mmlandmark.synthetic.bodies_render import render_body
from mmlandmark.synthetic.drawn_document import picture_name
from mmlandmark.visualization.pictures import write_picture


@dataclass(frozen=True)
class DrawnBodiesReport:
    """What was drawn.

    Attributes:
        out_dir: The folder.
        files: File -> number of people in it.
        pictures: How many, over all files.
    """

    out_dir: Path
    files: dict[str, int]
    pictures: int

    def __str__(self) -> str:
        files = ', '.join(f'{name} {count}' for name, count in self.files.items())
        return (
            f'{self.out_dir}: {self.pictures} pictures of a person each; {files}. The two '
            'training files have different people, val and test the same in both labellings'
        )


def draw_bodies(
    out_dir: str | os.PathLike,
    *,
    train: int = 600,
    val: int = 60,
    test: int = 120,
    seed: int = 0,
    size: int = 96,
    overwrite: bool = False,
) -> DrawnBodiesReport:
    """Draw people and write ``images`` and ``{coco,mpii}_{train,val,test}.json``.

    Args:
        out_dir: Folder to write to; it is made if it is not there.
        train: People to learn from, in each of the two data sets; nobody is in both.
        val: People for validation, labelled in both ways.
        test: People for the test, labelled in both ways.
        seed: The same seed and options give the same data sets.
        size: Width and height of the pictures, pixels.
        overwrite: Replace files of an earlier call.

    Raises:
        LandmarkError: Wrong options, a folder that cannot be written to, or files that exist.
    """
    counts = {'coco_train': train, 'mpii_train': train, 'val': val, 'test': test}
    for part, count in counts.items():
        if count < 1:
            raise LandmarkError(f'{count} people for {part!r}; expected at least 1')
    bodies = make_bodies(sum(counts.values()), seed=seed, size=size)
    limits = np.cumsum(list(counts.values()))[:-1]
    rows = dict(zip(counts, np.split(np.arange(len(bodies)), limits), strict=True))
    files = {
        f'{name}_{part}.json': (name, rows.get(f'{name}_{part}', rows.get(part)))
        for part in ('train', 'val', 'test')
        for name in SCHEMAS
    }
    out_dir = check_output_folder(out_dir, files, overwrite=overwrite)
    make_folder(out_dir / 'images')
    for row in track(range(len(bodies)), 'pictures'):
        write_picture(out_dir / picture_name(row), render_body(bodies, row))
    for file, (name, members) in files.items():
        write_json(out_dir / file, body_document(bodies, members, name), overwrite=overwrite)
    people = {file: len(members) for file, (_, members) in files.items()}
    return DrawnBodiesReport(out_dir, people, len(bodies))
