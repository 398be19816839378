"""Synthetic faces as a user has them: pictures, and a file for each of two labellings."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from mmlandmark.annotations.output_folder import check_output_folder, make_folder
from mmlandmark.annotations.writer import write_json
from mmlandmark.errors import LandmarkError
from mmlandmark.progress import track
from mmlandmark.synthetic.face_files import face_documents
from mmlandmark.synthetic.faces import make_faces
from mmlandmark.synthetic.pair_file import file_name
from mmlandmark.synthetic.render import render_face
from mmlandmark.visualization.pictures import write_picture


@dataclass(frozen=True)
class DrawnFacesReport:
    """What was made.

    Attributes:
        out_dir: The folder.
        faces: How many are labelled.
        people: How many persons they are of.
        pictures: How many were drawn.
        files: The annotation files.
    """

    out_dir: Path
    faces: int
    people: int
    pictures: int
    files: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f'{self.out_dir}: {self.faces} faces of {self.people} people, each labelled in '
            f'{" and in ".join(self.files)}; {self.pictures} pictures drawn'
        )


def draw_faces(
    out_dir: str | os.PathLike,
    *,
    count: int = 400,
    pictures: int | None = None,
    per_person: int = 5,
    seed: int = 0,
    overwrite: bool = False,
) -> DrawnFacesReport:
    """Make faces and write ``face68.json``, ``face48.json`` and ``images``.

    Args:
        out_dir: Folder to write to; it is made if it is not there.
        count: Number of faces.
        pictures: How many of them to draw, the first ones; None: all. A converter needs none.
        per_person: Faces of one person.
        seed: The same seed and options give the same files.
        overwrite: Replace files of an earlier call.

    Raises:
        LandmarkError: Wrong options, a folder that cannot be written to, or files that exist.
    """
    drawn = count if pictures is None else pictures
    if drawn < 0 or seed < 0:
        raise LandmarkError(f'{drawn} pictures, seed {seed}; expected 0 or more')
    faces = make_faces(count, seed=seed, pictures_per_identity=per_person)
    documents = {f'{name}.json': document for name, document in face_documents(faces).items()}
    out_dir = check_output_folder(out_dir, documents, overwrite=overwrite)
    folder = make_folder(out_dir / 'images') if drawn else make_folder(out_dir)
    drawn = min(drawn, count)
    for row in track(range(drawn), 'pictures'):
        write_picture(folder / file_name(row + 1), render_face(faces, row))
    for name, document in documents.items():
        write_json(out_dir / name, document, overwrite=overwrite)
    return DrawnFacesReport(
        out_dir, count, len(set(faces.identity.tolist())), drawn, tuple(documents)
    )
