"""Audit a COCO keypoint file, and the pictures that it names."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from mmlandmark.annotations.audit import audit_annotations
from mmlandmark.annotations.audit_file import AuditedFile, read_for_audit
from mmlandmark.annotations.audit_result import AnnotationAudit
from mmlandmark.annotations.output_folder import check_output_folder, make_folder
from mmlandmark.annotations.pictures import picture_size, read_picture
from mmlandmark.annotations.release_problems import OTHER_SIZE, UNREADABLE_PICTURE, EntryProblem
from mmlandmark.annotations.writer import write_bytes, write_json
from mmlandmark.errors import LandmarkError
from mmlandmark.progress import track
from mmlandmark.schemas import KeypointSchema
from mmlandmark.visualization.contact_sheet import COUNT, audit_sheet

MISSING_PICTURE = 'missing picture'
AUDIT_JSON, AUDIT_TEXT, CONTACT_SHEET = 'audit.json', 'audit.txt', 'contact_sheet.png'
_OUTPUTS = (AUDIT_JSON, AUDIT_TEXT, CONTACT_SHEET)
_WORKERS, _UNKNOWN = 4, (-1, -1)


@dataclass(frozen=True)
class FileAudit:
    """The audit of one file.

    Attributes:
        file: What was read.
        audit: What was found.
        data_root: Where its pictures were looked for; None: they were not.
    """

    file: AuditedFile
    audit: AnnotationAudit
    data_root: Path | None

    def text(self) -> str:
        """Return it for a terminal."""
        return f'{self.file.name}: {self.audit.text()}'

    def sheet(self, count: int = COUNT) -> np.ndarray | None:
        """Return the contact sheet (H, W, 3) uint8 BGR of the worst; None where nothing was found.

        Pictures that are missing or cannot be read are grey.

        Args:
            count: At most so many instances.
        """
        file = self.file
        return audit_sheet(
            self.audit,
            file.points,
            file.visible,
            file.boxes,
            file.sizes,
            file.schema,
            file.names,
            self._picture if self.data_root else None,
            count,
        )

    def _picture(self, row: int) -> np.ndarray | None:
        try:
            return read_picture(self.data_root / self.file.file_names[row])
        except LandmarkError:
            return None  # counted when its size was looked at


def audit_file(
    path: str | os.PathLike,
    schema: str | KeypointSchema | None = None,
    *,
    data_root: str | os.PathLike | None = None,
    bbox_field: str = 'bbox',
) -> FileAudit:
    """Audit a COCO keypoint file.

    Args:
        path: The file.
        schema: Schema of the points; None: the one that has the names of the category.
        data_root: Folder that the file names of the images are relative to; every picture is
            opened, and its size taken where the file states none. None: the pictures are not
            looked at.
        bbox_field: Key of the boxes to look at.

    Raises:
        LandmarkError: The file is no COCO keypoint file, or the folder does not exist.
    """
    root = None if data_root is None else Path(data_root)
    if root is not None and not root.is_dir():
        raise LandmarkError(f'{root}: no such folder of pictures')
    file = read_for_audit(path, schema, bbox_field=bbox_field)
    problems = list(file.problems)
    if root is not None:
        found, measured = _look_at_pictures(file, root)
        problems += found
        unknown = (file.sizes < 1).any(axis=1, keepdims=True)
        file = replace(file, sizes=np.where(unknown, measured, file.sizes))
    audit = audit_annotations(
        file.points,
        file.visible,
        file.boxes,
        file.sizes,
        file.schema,
        file.names,
        problems,
        file.ids,
    )
    notes = (*file.notes, *audit.notes, *(() if root else ('pictures not looked at',)))
    return FileAudit(file, replace(audit, notes=notes), root)


def check_audit_folder(folder: str | os.PathLike, overwrite: bool = False) -> Path:
    """Return the folder of the output before any work is spent on it.

    Raises:
        LandmarkError: As ``check_output_folder``.
    """
    return check_output_folder(folder, _OUTPUTS, overwrite=overwrite)


def write_audit(
    folder: str | os.PathLike, result: FileAudit, *, count: int = COUNT, overwrite: bool = False
) -> list[Path]:
    """Write ``audit.json``, ``audit.txt`` and, where something was found, ``contact_sheet.png``.

    Args:
        folder: Made if it does not exist.
        result: The audit.
        count: Instances on the contact sheet, at most.
        overwrite: Replace the files of an earlier audit.

    Returns:
        The files, each written whole.

    Raises:
        LandmarkError: As ``check_audit_folder``, or the disk refuses.
    """
    folder = check_audit_folder(folder, overwrite)
    sheet = result.sheet(count)
    make_folder(folder)
    content = {'file': result.file.name, **result.audit.to_json()}
    write_json(folder / AUDIT_JSON, content, overwrite=True)
    write_bytes(folder / AUDIT_TEXT, (result.text() + '\n').encode())
    written = [folder / AUDIT_JSON, folder / AUDIT_TEXT]
    if sheet is None:
        (folder / CONTACT_SHEET).unlink(missing_ok=True)  # of an earlier run
    else:
        write_bytes(folder / CONTACT_SHEET, cv2.imencode('.png', sheet)[1].tobytes())
        written.append(folder / CONTACT_SHEET)
    return written


def _look_at_pictures(file: AuditedFile, root: Path) -> tuple[list[EntryProblem], np.ndarray]:
    """Return what is wrong with the pictures, and (N, 2) sizes of the N instances' pictures."""
    with ThreadPoolExecutor(_WORKERS) as pool:
        looks = pool.map(partial(_look_at, root, file.image_ids), file.pictures.items())
        looks = track(looks, 'pictures', len(file.pictures))
        found = dict(zip(file.pictures, looks, strict=True))
    unknown = None, _UNKNOWN
    sizes = np.array([found.get(name, unknown)[1] for name in file.file_names], dtype=np.float64)
    return [problem for problem, _ in found.values() if problem], sizes


def _look_at(
    root: Path, image_ids: dict[str, int], picture: tuple[str, tuple[float, float]]
) -> tuple[EntryProblem | None, tuple[int, int]]:
    name, stated = picture
    problem = partial(EntryProblem, name, image_id=image_ids[name])
    if not (root / name).is_file():
        return problem(MISSING_PICTURE), _UNKNOWN
    try:
        size = picture_size(root / name, whole=True)
    except LandmarkError as error:
        return problem(UNREADABLE_PICTURE, str(error)), _UNKNOWN
    if min(stated) < 1 or size == tuple(stated):
        return None, size
    width, height = stated
    detail = f'{size[0]} x {size[1]}, the file says {width:g} x {height:g}'
    return problem(OTHER_SIZE, detail), size
