"""Convert the raw releases of DogFLW and CatFLW to COCO keypoint files, audited."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np

from mmlandmark.annotations.audit import audit_annotations
from mmlandmark.annotations.audit_result import AnnotationAudit
from mmlandmark.annotations.face_boxes import DEFAULT_MARGIN
from mmlandmark.annotations.face_coco import ChosenFaces, choose_faces, coco_document
from mmlandmark.annotations.face_release import RawFaces, read_face_release
from mmlandmark.annotations.face_splits import face_groups, split_faces
from mmlandmark.annotations.output_folder import check_output_folder, make_folder
from mmlandmark.annotations.release_problems import Problem
from mmlandmark.annotations.size_files import read_sizes
from mmlandmark.annotations.splits import PARTS
from mmlandmark.annotations.writer import write_bytes, write_json
from mmlandmark.apis.face_sheet import release_sheet
from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional import render_table
from mmlandmark.schemas import KeypointSchema

AUDIT_JSON, AUDIT_TEXT, CONTACT_SHEET = 'audit.json', 'audit.txt', 'contact_sheet.png'
_OUTPUTS = (*(f'{part}.json' for part in PARTS), AUDIT_JSON, AUDIT_TEXT, CONTACT_SHEET)
_DEFAULT_SPLIT = {'catflw48': 'subject'}
_SHOWN = 20


@dataclass(frozen=True)
class FaceConversion:
    """What a conversion wrote and found.

    Attributes:
        faces: The faces, chosen points and boxes.
        split_by: ``breed`` or ``subject``.
        groups: The breed or subject of every face.
        parts: ``train``, ``val``, ``test`` -> rows of the faces written to that file.
        problems: What is wrong with files, in their order.
        audits: Part of the release, as it came -> its audit; ``all`` where it has no parts.
        written: The files.
    """

    faces: ChosenFaces
    split_by: str
    groups: list[str]
    parts: dict[str, np.ndarray]
    problems: list[Problem]
    audits: dict[str, AnnotationAudit]
    written: list[Path] = field(default_factory=list)

    def rows(self) -> list[dict[str, str | int]]:
        """Return one row per COCO file: faces, groups, labelled points, boxes by source."""
        sources = self.faces.box_sources
        return [
            {
                'file': f'{part}.json',
                'faces': len(rows),
                f'{self.split_by}s': len({self.groups[row] for row in rows}),
                'labelled points': int((self.faces.visible[rows] > 0).sum()),
                'boxes of annotation': int((sources[rows] == 'annotation').sum()),
                'boxes of landmarks': int((sources[rows] == 'landmarks').sum()),
            }
            for part, rows in self.parts.items()
        ]

    def text(self) -> str:
        """Return all of it for a terminal: files, points, problems, and the audit of each part."""
        left_out = len(self.faces.raw) - sum(map(len, self.parts.values()))
        points = ', '.join(f'{count} {what}' for what, count in self.faces.point_counts.items())
        lines = [render_table(self.rows()), '', points, f'{left_out} readable faces left out']
        if not any(self.faces.raw.pictures):
            lines.append(
                f'no pictures in {self.faces.raw.root}: their names follow from those of the '
                'labels, their sizes are as given'
            )
        lines += _problem_lines(self.problems)
        for part, audit in self.audits.items():
            lines += ['', f'audit of {part}, as released: {audit.text()}']
        return '\n'.join(lines)


def convert_face_release(
    root: str | os.PathLike,
    out_dir: str | os.PathLike,
    schema: str | KeypointSchema | None = None,
    *,
    sizes: Iterable[str | os.PathLike] = (),
    bbox_source: str = 'auto',
    margin: float = DEFAULT_MARGIN,
    outside: str = 'keep',
    val_fraction: float = 0.1,
    test_fraction: float | None = None,
    seed: int = 0,
    split_by: str | None = None,
    strict: bool = False,
    overwrite: bool = False,
) -> FaceConversion:
    """Write ``train.json``, ``val.json``, ``test.json`` and the audit of a release.

    Args:
        root: Folder of the release, DogFLW (``train`` and ``test``) or CatFLW (flat).
        out_dir: Folder to write to; made if need be.
        schema: By the number of points where None.
        sizes: JSON files of name -> [width, height], for labels whose pictures are not at hand.
        bbox_source: See `annotations.face_boxes.choose_boxes`.
        margin: The same.
        outside: ``keep`` points outside the picture, or ``drop`` their labels.
        val_fraction: Share of the faces outside the official test that validation gets.
        test_fraction: Share that the test of a release without official parts gets; a tenth
            where None.
        seed: Of the split.
        split_by: ``breed`` or ``subject`` stays in one part; by default the subject for cats and
            the breed for all else.
        strict: The first file that is not as it should be is an error.
        overwrite: Replace files that exist; those of an earlier run do not stay.

    Raises:
        LandmarkError: Anything wrong with the input or the settings; nothing is written then.
    """
    folder = check_output_folder(out_dir, _OUTPUTS, overwrite=overwrite)
    raw = read_face_release(root, schema, sizes=read_sizes(sizes), strict=strict)
    faces = choose_faces(raw, bbox_source, margin, outside)
    if strict and faces.problems:
        raise LandmarkError(str(faces.problems[0]))
    by = split_by or _DEFAULT_SPLIT.get(raw.schema.name, 'breed')
    groups = face_groups(raw.stems, by)
    fractions = {'val_fraction': val_fraction, 'test_fraction': test_fraction}
    parts = _kept_parts(split_faces(raw.parts, groups, seed=seed, **fractions), faces.kept)
    problems = sorted([*raw.problems, *faces.problems], key=lambda problem: problem.file)
    result = FaceConversion(faces, by, groups, parts, problems, _audits(raw, problems))
    info = {
        'description': f'faces with the {raw.schema.num_keypoints} points of {raw.schema.name}',
        'split_by': by,
        'seed': seed,
        **{name: value for name, value in fractions.items() if value is not None},
        'bbox_source': bbox_source,
        'bbox_margin': margin,
        'outside': outside,
    }
    return replace(result, written=_write(result, folder, info))


def _kept_parts(parts: dict[str, np.ndarray], kept: np.ndarray) -> dict[str, np.ndarray]:
    """Leave faces out after the split, so that a damaged picture moves no other face."""
    result = {part: parts[part][kept[parts[part]]] for part in PARTS if part in parts}
    for part, rows in result.items():
        if not len(rows):
            raise LandmarkError(f'part {part!r} is empty: none of its faces can be used')
    return result


def _audits(raw: RawFaces, problems: list[Problem]) -> dict[str, AnnotationAudit]:
    """Audit each part as it was released, with the faces that are left out."""
    part_of_file = np.array(raw.parts)
    audits = {}
    for part in dict.fromkeys(raw.parts):
        rows = np.flatnonzero(part_of_file == part)
        audits[part or 'all'] = audit_annotations(
            raw.points[rows],
            raw.visible[rows],
            raw.boxes[rows],
            raw.sizes[rows],
            raw.schema,
            [raw.files[row] for row in rows],
            [problem for problem in problems if problem.file.startswith(f'{part}/' * bool(part))],
        )
    return audits


def _problem_lines(problems: list[Problem]) -> list[str]:
    if not problems:
        return ['no problems with files']
    counts = Counter(problem.reason for problem in problems)
    lines = [', '.join(f'{count} x {reason}' for reason, count in counts.items())]
    lines += [f'  {problem}' for problem in problems[:_SHOWN]]
    if len(problems) > _SHOWN:
        lines.append(f'  and {len(problems) - _SHOWN} more, all in {AUDIT_JSON}')
    return lines


def _write(result: FaceConversion, folder: Path, info: dict) -> list[Path]:
    documents = {
        f'{part}.json': coco_document(
            result.faces, rows, result.groups, result.split_by, {**info, 'part': part}
        )
        for part, rows in result.parts.items()
    }
    audit = {
        **info,
        'files': result.rows(),
        'points': result.faces.point_counts,
        'problems': [asdict(problem) for problem in result.problems],
        'audits': {part: audit.to_json() for part, audit in result.audits.items()},
    }
    make_folder(folder)
    for name, content in {**documents, AUDIT_JSON: audit}.items():
        write_json(folder / name, content, overwrite=True)
    write_bytes(folder / AUDIT_TEXT, (result.text() + '\n').encode())
    written = [*documents, AUDIT_JSON, AUDIT_TEXT]
    sheet = release_sheet(result.faces.raw, result.audits)
    if sheet is not None:
        write_bytes(folder / CONTACT_SHEET, cv2.imencode('.png', sheet)[1].tobytes())
        written.append(CONTACT_SHEET)
    for name in set(_OUTPUTS) - set(written):  # of an earlier run
        with suppress(FileNotFoundError):
            (folder / name).unlink()
    return [folder / name for name in written]
