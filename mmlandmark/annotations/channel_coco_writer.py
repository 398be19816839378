"""Writing channel keypoints as a COCO keypoint file."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from mmlandmark.annotations.channel_coco import CHANNEL_FIELD
from mmlandmark.annotations.channel_coco_labels import DEPTH_FIELD
from mmlandmark.annotations.channel_pictures import ChannelPictures
from mmlandmark.annotations.writer import write_json


def channel_coco_document(pictures: ChannelPictures, *, category: str = 'object') -> dict[str, Any]:
    """Return pictures as a COCO file.

    The keypoints of channel ``corner`` are called ``corner_0``, ``corner_1`` and so on, as many as
    the fullest picture has, at least one. Each picture with keypoints has one annotation, in which
    those that it lacks are not labelled. The category says under ``channels`` which keypoints a
    channel has, so that ``read_channel_coco`` needs no configuration. Depths are in
    ``keypoints_depth``, null where there is none, and left out where a picture has none at all.
    Boxes are the tight ones.

    Args:
        pictures: The pictures.
        category: Name of the category.
    """
    counts = pictures.counts()
    most = counts.max(axis=0, initial=1)  # a channel that is empty everywhere stays a channel
    names = {
        channel: [f'{channel}_{number}' for number in range(count)]
        for channel, count in zip(pictures.channels, most.tolist(), strict=True)
    }
    first = np.concatenate([[0], np.cumsum(most)])
    # the points of a channel of a picture stand together: the place within is row minus start
    cells = pictures.picture_ids() * len(pictures.channels) + pictures.channel_ids
    starts = (np.cumsum(counts.ravel()) - counts.ravel())[cells]
    columns = first[pictures.channel_ids] + np.arange(len(cells)) - starts
    annotations = [
        _annotation(pictures, index, number, columns, int(first[-1]))
        for number, index in enumerate(np.flatnonzero(counts.sum(axis=1)).tolist(), start=1)
    ]
    return {
        'images': [
            {'id': index + 1, 'file_name': file, 'width': width, 'height': height}
            for index, (file, (width, height)) in enumerate(
                zip(pictures.files, pictures.sizes.tolist(), strict=True)
            )
        ],
        'annotations': annotations,
        'categories': [
            {
                'id': 1,
                'name': category,
                'keypoints': [name for listed in names.values() for name in listed],
                'skeleton': [],
                CHANNEL_FIELD: names,
            }
        ],
    }


def write_channel_coco(
    path: str | os.PathLike,
    pictures: ChannelPictures,
    *,
    category: str = 'object',
    overwrite: bool = False,
) -> None:
    """Write a COCO file; see ``channel_coco_document``.

    Args:
        path: The file; paths of pictures are written as they are.
        pictures: The pictures.
        category: Name of the category.
        overwrite: Replace a file that exists.

    Raises:
        LandmarkError: The file exists, or the disk refuses.
    """
    document = channel_coco_document(pictures, category=category)
    write_json(path, document, overwrite=overwrite)


def _annotation(
    pictures: ChannelPictures, index: int, id_: int, columns: np.ndarray, width: int
) -> dict[str, Any]:
    rows = pictures.rows(index)
    points, depths = pictures.points[rows], pictures.depths[rows]
    keypoints = np.zeros((width, 3))
    keypoints[columns[rows], :2], keypoints[columns[rows], 2] = points, pictures.visible[rows]
    flat: list = keypoints.ravel().tolist()
    flat[2::3] = keypoints[:, 2].astype(int).tolist()
    low, span = points.min(axis=0), np.ptp(points, axis=0)
    annotation = {
        'id': id_,
        'image_id': index + 1,
        'category_id': 1,
        'keypoints': flat,
        'num_keypoints': len(points),
        'bbox': [*low.tolist(), *span.tolist()],
        'area': float(span.prod()),
        'iscrowd': 0,
    }
    if not np.isnan(depths).all():
        of_column: list = [None] * width
        for column, depth in zip(columns[rows].tolist(), depths.tolist(), strict=True):
            of_column[column] = depth if depth == depth else None
        annotation[DEPTH_FIELD] = of_column
    return annotation
