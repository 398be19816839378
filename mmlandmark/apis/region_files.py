"""The regions of all faces of a COCO keypoint file, as pictures and as a table."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mmlandmark.annotations.output_folder import check_output_folder, make_folder
from mmlandmark.annotations.pair_files import schema_of_file
from mmlandmark.annotations.pictures import read_picture
from mmlandmark.annotations.reader import CocoKeypoints, read_coco, read_coco_keypoints
from mmlandmark.annotations.writer import check_output, write_bytes, write_json
from mmlandmark.apis.region_report import RegionReport
from mmlandmark.apis.regions import MARGIN, RegionCrop, crop_regions
from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional.table import render_table
from mmlandmark.progress import track
from mmlandmark.schemas import KeypointSchema, get_schema, region_groups
from mmlandmark.schemas.region_file import read_region_file
from mmlandmark.visualization.pictures import write_picture
from mmlandmark.visualization.region_overlay import draw_regions

OVERLAY = 'overlay'


def crop_region_file(
    ann_file: str | os.PathLike,
    out_dir: str | os.PathLike,
    *,
    regions: Sequence[str] | None = None,
    region_file: str | os.PathLike | None = None,
    data_root: str | os.PathLike | None = None,
    margin: float = MARGIN,
    schema: str | KeypointSchema | None = None,
    overlay: bool = False,
    statistics: str | os.PathLike | None = None,
    strict: bool = False,
    overwrite: bool = False,
) -> RegionReport:
    """Write ``OUT_DIR/REGION/PICTURE_ANNOTATION.png`` for every region of every face.

    Args:
        ann_file: COCO keypoint file of labels or predictions; ``keypoint_scores`` are used.
        out_dir: Folder to write to; it is made if it is not there.
        regions: Names of regions; None: those of ``region_file``, else all of the schema.
        region_file: YAML of own groups, see ``schemas.region_file``.
        data_root: What file names are relative to; None: the file's folder, ``images`` in it, or
            the folder above, whichever has the picture.
        margin: How far each side moves outwards, as a share of the longer side of the box.
        schema: Name or file; None: found by the names in the file.
        overlay: Also write ``OUT_DIR/overlay/PICTURE_IMAGE.png`` with the boxes.
        statistics: File for one row per face and region, .csv or .json.
        strict: The first picture that cannot be used is an error.
        overwrite: Write into a folder that is not empty, and replace ``statistics``.

    Raises:
        LandmarkError: Wrong input, unknown regions, files that exist, or no picture at all.
    """
    out_dir, file_options = Path(out_dir), {'overwrite': overwrite}
    data, where = read_coco(ann_file)
    schema = schema_of_file(data, where) if schema is None else get_schema(schema)
    own = None if region_file is None else read_region_file(region_file, schema)
    names = list(region_groups(schema, regions, own))
    if overlay and OVERLAY in names:
        raise LandmarkError(f'a region is called {OVERLAY!r}, as the folder of the overlays is')
    file = read_coco_keypoints(data, schema, name=where)
    check_output_folder(out_dir, **file_options)
    _check_statistics(statistics, out_dir, **file_options)
    report = RegionReport(left_out=_left_out(file))
    if not len(file.ids):
        raise LandmarkError(f'{where}: holds no face with keypoints; nothing to cut out')
    roots = _roots(ann_file, data_root)
    scores = _scores(file)
    for image, faces in track(_by_image(file), 'pictures'):
        try:
            picture = read_picture(_find(roots, image, where))
            _check_size(picture, image)
        except LandmarkError as error:
            if strict:
                raise
            report.problems.append(str(error))
            continue
        points, visible = file.points[faces], file.visible[faces]
        options = {'schema': schema, 'regions': names, 'own': own, 'margin': margin}
        found = crop_regions(picture, points, visible, scores=scores[faces], **options)
        stem = Path(image['file_name']).with_suffix('').as_posix().strip('./').replace('/', '_')
        for row, regions_of_face in zip(faces.tolist(), found, strict=True):
            face = {'annotation': int(file.ids[row]), 'file_name': image['file_name']}
            for name, region in regions_of_face.items():
                report.add(face, name, region)
                if region.crop is not None:
                    _write(out_dir / name / f'{stem}_{file.ids[row]}.png', region.crop)
        if overlay:
            boxes = np.array([[_box(face[name]) for name in names] for face in found])
            drawn = draw_regions(picture, points, visible, schema, boxes, names)
            _write(out_dir / OVERLAY / f'{stem}_{image["id"]}.png', drawn)
    if report.problems and not report.rows:
        raise LandmarkError(f'no picture could be used; the first: {report.problems[0]}')
    if statistics is not None:
        _write_statistics(Path(statistics), report.rows, **file_options)
    return report


def _box(region: RegionCrop) -> np.ndarray:
    return np.full(4, np.nan) if region.box is None else region.box


def _left_out(file: CocoKeypoints) -> dict[str, int]:
    return {
        'of another category': file.other_category,
        'without keypoints': file.without_keypoints,
    }


def _scores(file: CocoKeypoints) -> np.ndarray:
    """The confidence of every point, (N, K); NaN where an annotation states none."""
    scores = np.full(file.visible.shape, np.nan)
    for row, annotation in enumerate(file.annotations):
        given = annotation.get('keypoint_scores')
        if given is None:
            continue
        if not _is_row(given, scores.shape[1]):
            raise LandmarkError(
                f"{file.name}: annotation {file.ids[row]}: 'keypoint_scores' is {given!r:.60}; "
                f'expected {scores.shape[1]} numbers'
            )
        scores[row] = given
    return scores


def _is_row(values: Any, length: int) -> bool:
    if not isinstance(values, list) or len(values) != length:
        return False
    return all(value is None or type(value) in (int, float) for value in values)


def _by_image(file: CocoKeypoints) -> list[tuple[dict, np.ndarray]]:
    """Every image that has faces, and the positions of these."""
    order = np.argsort(file.image_ids, kind='stable')
    ids, starts = np.unique(file.image_ids[order], return_index=True)
    images = {image['id']: image for image in file.data['images']}
    groups = np.split(order, starts[1:])
    return [(images[id_], rows) for id_, rows in zip(ids.tolist(), groups, strict=True)]


def _roots(ann_file: str | os.PathLike, data_root: str | os.PathLike | None) -> list[Path]:
    if data_root is not None:
        return [Path(data_root)]
    folder = Path(ann_file).resolve().parent
    return [folder, folder / 'images', folder.parent]


def _find(roots: Sequence[Path], image: Mapping[str, Any], where: str) -> Path:
    name = image.get('file_name')
    if not isinstance(name, str):
        raise LandmarkError(f"{where}: image {image['id']} has no 'file_name'")
    for root in roots:
        if (root / name).is_file():
            return root / name
    raise LandmarkError(f'{name}: not found in {" or ".join(map(str, roots))}')


def _check_size(picture: np.ndarray, image: Mapping[str, Any]) -> None:
    height, width = picture.shape[:2]
    stated = (image.get('width', width), image.get('height', height))
    if stated != (width, height):
        raise LandmarkError(
            f'{image["file_name"]}: is {width}x{height}, but the annotations are of '
            f'{stated[0]}x{stated[1]}; their points do not fit'
        )


def _write(path: Path, picture: np.ndarray) -> None:
    make_folder(path.parent)
    write_picture(path, picture)


def _check_statistics(path: str | os.PathLike | None, out_dir: Path, *, overwrite: bool) -> None:
    if path is None:
        return
    if Path(path).suffix not in ('.csv', '.json'):
        raise LandmarkError(f'{path}: expected a file name that ends in .csv or .json')
    if Path(path).resolve().parent == out_dir.resolve():
        make_folder(out_dir)
    check_output(path, overwrite=overwrite)


def _write_statistics(path: Path, rows: list[dict[str, Any]], *, overwrite: bool) -> None:
    if path.suffix == '.json':
        write_json(path, rows, overwrite=overwrite)
    else:
        write_bytes(path, f'{render_table(rows, style="csv")}\n'.encode())
