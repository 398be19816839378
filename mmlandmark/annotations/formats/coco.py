"""COCO keypoint files: what pycocotools, xtcocotools, FiftyOne, CVAT and SLEAP import."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from mmlandmark.annotations.formats.labels import (
    Labels,
    file_schema,
    require_once,
    require_sizes,
    tight_boxes,
)
from mmlandmark.annotations.reader import CocoKeypoints, read_coco, read_coco_keypoints
from mmlandmark.annotations.writer import write_json
from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.schemas import KeypointSchema

_MADE = ('image_id', 'category_id', 'keypoints', 'num_keypoints', 'bbox')
_PICTURE = ('file_name', 'width', 'height')
_CATEGORY = ('id', 'name', 'keypoints', 'skeleton')
_FILE = ('images', 'annotations', 'categories')
_INFO = 'keypoints of schema '


def read_coco_labels(
    path: str | os.PathLike, *, schema: KeypointSchema | None = None, category: str | None = None
) -> Labels:
    """Read the instances of one category of a COCO keypoint file.

    Args:
        path: The file.
        schema: The schema, which orders the points; by default as the category lists them. A
            category without names, as FiftyOne exports it, is taken to be in its order.
        category: Name of the category; needed where several have keypoints.

    Raises:
        LandmarkError: Anything in the file that is not as it should be.
    """
    data, where = read_coco(path)
    chosen = _category(data['categories'], category, schema is not None, where)
    schema = schema or category_schema(chosen, where)
    read = read_coco_keypoints(
        {**data, 'categories': [chosen]}, schema, name=where, assume_names=True
    )
    place = {image['id']: index for index, image in enumerate(data['images'])}
    seen = read.visible[..., None] > 0
    files = [_file_name(image, where) for image in data['images']]
    require_once(files, where)
    return Labels(
        name=where,
        category=str(chosen.get('name', schema.name)),
        schema=schema,
        files=files,
        sizes=np.array([_size(image, where) for image in data['images']], np.int64).reshape(-1, 2),
        pictures=np.array([place[id_] for id_ in read.image_ids.tolist()], dtype=np.int64),
        points=np.where(seen, read.points, np.nan),
        visible=read.visible,
        boxes=read.bboxes,
        tracks=[a['track'] if isinstance(a.get('track'), str) else None for a in read.annotations],
        extras=[_extra(annotation) for annotation in read.annotations],
        picture_extras=[
            {k: v for k, v in image.items() if k not in _PICTURE} for image in data['images']
        ],
        notes=(
            *_left_out(read),
            *_not_read(data, chosen, schema.name),
            *_coordinates_of_nothing(read),
        ),
    )


def category_schema(category: dict[str, Any], where: str) -> KeypointSchema:
    """Return names and links of a COCO category as a schema.

    Args:
        category: The category; its links count from 1.
        where: File name, for messages.

    Raises:
        LandmarkError: It has no names, or a link to a keypoint that is not there.
    """
    names, name = category.get('keypoints') or [], str(category.get('name', 'category'))
    if not isinstance(names, list) or not names:
        raise LandmarkError(
            f"{where}: category {name!r} lists no 'keypoints' names; give their schema"
        )
    links = category.get('skeleton') or []
    pairs = []
    for link in links if isinstance(links, list) else [links]:
        if (
            not isinstance(link, list)
            or len(link) != 2
            or not all(type(end) is int and 1 <= end <= len(names) for end in link)
        ):
            raise LandmarkError(
                f'{where}: category {name!r}: skeleton link {link!r:.40}; expected two positions '
                f'from 1 to {len(names)}'
            )
        pairs.append((names[link[0] - 1], names[link[1] - 1]))
    return file_schema(name, names, pairs, where)


def coco_document(labels: Labels) -> tuple[dict[str, Any], list[str]]:
    """Return labels as a COCO file, with everything that a COCO tool may ask for.

    Ids of the source are kept where it is COCO. An annotation without a box gets the tight one,
    one without an area that of its box.

    Returns:
        The file, and a note for each thing that was made up.
    """
    boxes, made = tight_boxes(labels)
    empty = np.isnan(boxes).any(axis=1)
    sides = np.where(empty[:, None], 0.0, np.c_[boxes[:, :2], boxes[:, 2:] - boxes[:, :2]])
    rows = _rows(labels)
    image_ids = _ids(labels.picture_extras)
    ids = _ids(labels.extras)
    annotations = [
        {
            **extra,
            'id': ids[row],
            'image_id': image_ids[picture],
            'category_id': 1,
            'keypoints': rows[row],
            'num_keypoints': int((labels.visible[row] > 0).sum()),
            'bbox': side,
            'area': side[2] * side[3] if extra.get('area') is None else extra['area'],
            'iscrowd': extra.get('iscrowd') or 0,
            **({} if track is None else {'track': track}),
        }
        for row, (extra, picture, side, track) in enumerate(
            zip(
                labels.extras,
                labels.pictures.tolist(),
                sides.tolist(),
                labels.tracks,
                strict=True,
            )
        )
    ]
    category = {**labels.schema.to_category(1), 'name': labels.category}
    document = {
        'info': {'description': f'{_INFO}{labels.schema.name}'},
        'licenses': [],
        'images': [
            {**extra, 'id': image_ids[index], 'file_name': file, **_written_size(size)}
            for index, (extra, file, size) in enumerate(
                zip(labels.picture_extras, labels.files, labels.sizes.tolist(), strict=True)
            )
        ],
        'annotations': annotations,
        'categories': [category],
    }
    areas = sum(extra.get('area') is None for extra in labels.extras)
    unknown = int((~labels.sizes.all(axis=1)).sum())
    notes = [
        f'{count} {text}'
        for count, text in (
            (made, 'boxes are made of the labelled points'),
            (int(empty.sum()), 'instances have neither a box nor a point: their box is empty'),
            (areas, 'areas are those of the boxes'),
            (unknown, 'pictures are written without their size, which is not known'),
        )
        if count
    ]
    return document, notes


def write_coco_labels(
    path: str | os.PathLike, labels: Labels, *, overwrite: bool = False
) -> list[str]:
    """Write a COCO keypoint file; see ``coco_document``.

    Returns:
        A note for each thing that was made up.

    Raises:
        LandmarkError: The file exists, or the disk refuses.
    """
    document, notes = coco_document(labels)
    write_json(path, document, overwrite=overwrite)
    return notes


def write_fiftyone(
    path: str | os.PathLike, labels: Labels, *, overwrite: bool = False
) -> list[str]:
    """Write the labels file of a ``fiftyone.types.COCODetectionDataset``.

    FiftyOne holds coordinates relative to the picture, so every size has to be known.

    Returns:
        A note for each thing that was made up.

    Raises:
        LandmarkError: A picture of unknown size; the file exists, or the disk refuses.
    """
    require_sizes(labels, 'FiftyOne divides by it')
    return write_coco_labels(path, labels, overwrite=overwrite)


def _rows(labels: Labels) -> list[list]:
    # unlike coco_lists, to the last digit: a round trip changes nothing
    known = labels.visible[..., None] > 0
    values = np.concatenate([np.where(known, labels.points, 0.0), labels.visible[..., None]], -1)
    rows = values.reshape(len(labels), 3 * labels.schema.num_keypoints).tolist()
    for row in rows:
        row[2::3] = map(int, row[2::3])
    return rows


def _category(categories: list, name: str | None, schema: bool, where: str) -> dict:
    named = [c for c in categories if isinstance(c, dict) and type(c.get('id')) is int]
    if len(named) < len(categories):
        raise LandmarkError(f'{where}: a category is no object with an integer id')
    if name is not None:
        found = [c for c in named if c.get('name') == name]
        if len(found) != 1:
            known = [str(c.get('name')) for c in named]
            raise LandmarkError(
                f'{where}: {len(found)} categories are called {name!r}{nearest(name, known)}; '
                f'it has {", ".join(known)}'
            )
        return found[0]
    found = [c for c in named if c.get('keypoints')] or (named if schema else [])
    if len(found) == 1:
        return found[0]
    listed = ', '.join(repr(c.get('name')) for c in found)
    raise LandmarkError(
        f'{where}: {len(found)} categories have keypoints ({listed}); choose one by its name'
        if found
        else f"{where}: no category lists 'keypoints' names; give their schema"
    )


def _file_name(image: dict, where: str) -> str:
    file = image.get('file_name')
    if not isinstance(file, str) or not file:
        raise LandmarkError(f"{where}: image {image['id']}: 'file_name' is {file!r:.40}")
    return file


def _size(image: dict, where: str) -> tuple[int, int]:
    width, height = image.get('width') or 0, image.get('height') or 0
    if type(width) is not int or type(height) is not int or min(width, height) < 0:
        raise LandmarkError(
            f'{where}: image {image["id"]}: width {width!r:.20}, height {height!r:.20}; expected '
            'whole pixels'
        )
    return width, height


def _written_size(size: list[int]) -> dict[str, int]:
    return {'width': size[0], 'height': size[1]} if all(size) else {}


def _ids(extras: Any) -> list[int]:
    given = [extra.get('id') for extra in extras]
    if all(type(id_) is int for id_ in given) and len(set(given)) == len(given):
        return given
    return list(range(1, len(given) + 1))


def _left_out(read: CocoKeypoints) -> tuple[str, ...]:
    return tuple(
        f'{count} annotations {text}'
        for count, text in (
            (read.other_category, 'of other categories are left out'),
            (read.without_keypoints, 'without keypoints are left out'),
        )
        if count
    )


def _extra(annotation: dict[str, Any]) -> dict[str, Any]:
    # a track that is no name, such as a number, stays as it is for COCO and is counted by others
    named = isinstance(annotation.get('track'), str)
    return {k: v for k, v in annotation.items() if k not in _MADE and not (named and k == 'track')}


def _not_read(data: dict[str, Any], category: dict[str, Any], schema: str) -> list[str]:
    file = {key for key, value in data.items() if key not in _FILE and value}
    if _is_own_info(data.get('info')):
        file.discard('info')
    fields = {key for key, value in category.items() if key not in _CATEGORY and value}
    if category.get('supercategory') in (category.get('name'), schema):
        fields.discard('supercategory')
    return [
        f'fields of {what} that are left out: {", ".join(sorted(keys))}'
        for what, keys in (('the file', file), ('the category', fields))
        if keys
    ]


def _is_own_info(info: Any) -> bool:
    # that of coco_document, which writes it anew
    return (
        isinstance(info, dict)
        and info.keys() == {'description'}
        and str(info['description']).startswith(_INFO)
    )


def _coordinates_of_nothing(read: CocoKeypoints) -> list[str]:
    flat = np.array([a['keypoints'] for a in read.annotations], dtype=np.float64)
    values = np.nan_to_num(flat.reshape(*read.visible.shape, 3))
    count = int(((values[..., 2] == 0) & values[..., :2].any(axis=-1)).sum())
    return [f'{count} keypoints with v 0 have coordinates, which are left out'] if count else []


def is_coco(head: Any) -> bool:
    """Whether a parsed JSON file is a COCO file."""
    return isinstance(head, dict) and {'images', 'annotations', 'categories'} <= head.keys()


def category_name(path: str | os.PathLike, schema: KeypointSchema | None) -> str:
    """Return what instances of a file that does not say are called."""
    return schema.name if schema is not None else Path(path).stem
