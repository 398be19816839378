"""DogFLW and CatFLW: faces of dogs and cats, in the files that `dogflw2coco.py` writes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from mmpose.registry import DATASETS

from mmlandmark.annotations.arrays import box_rows
from mmlandmark.annotations.audit_checks import outside_image
from mmlandmark.annotations.face_boxes import BOX_SOURCES, DEFAULT_MARGIN, choose_boxes
from mmlandmark.annotations.reader import CocoKeypoints
from mmlandmark.datasets.coco_keypoints import (
    DETECTION,
    CocoKeypointDataset,
    refuse_bbox_file,
    with_boxes,
)
from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.geometry.boxes import xyxy_to_xywh
from mmlandmark.schemas import KeypointSchema

AS_IN_FILE = 'file'
#: Annotation key of the release's own box where ``bbox`` is the one that was chosen.
BBOX_ANNOTATION = 'bbox_annotation'
OUTSIDE = ('keep', 'ignore')


class FLWFaceDataset(CocoKeypointDataset):
    """What the data sets of facial landmarks of animals share; see `DogFLWDataset`."""

    schema_name: ClassVar[str]
    name: ClassVar[str]

    def __init__(
        self,
        ann_file: str,
        schema: str | dict | KeypointSchema | None = None,
        *,
        bbox_source: str | None = None,
        bbox_margin: float = DEFAULT_MARGIN,
        outside: str = 'keep',
        dataset_name: str | None = None,
        **options: Any,
    ) -> None:
        for what, value, known in (
            ('bbox_source', bbox_source, (None, *BOX_SOURCES)),
            ('outside', outside, OUTSIDE),
        ):
            if value not in known:
                raise LandmarkError(
                    f'{type(self).__name__}: {what} is {value!r}'
                    f'{nearest(str(value), map(str, known))}; expected one of '
                    f'{", ".join(map(str, known))}'
                )
        if bbox_source is not None and options.get('bbox_keypoints') is not None:
            raise LandmarkError(
                f'{type(self).__name__}: bbox_source and bbox_keypoints both choose the boxes; '
                'expected one of them'
            )
        if bbox_source is not None:
            refuse_bbox_file(self, 'bbox_source', options)
        self.bbox_source, self.outside = bbox_source, outside
        lazy = options.pop('lazy_init', False)
        super().__init__(
            ann_file,
            schema or self.schema_name,
            dataset_name=dataset_name or self.name,
            bbox_margin=bbox_margin,
            lazy_init=True,
            **options,
        )
        detected = DETECTION if options.get('bbox_file') else None
        self._metainfo['bbox_source'] = bbox_source or detected or AS_IN_FILE
        self._metainfo['regions'] = {r: list(names) for r, names in self.schema.regions.items()}
        if not lazy:
            self.full_init()

    def _prepare(self, file: CocoKeypoints) -> CocoKeypoints:
        file = super()._prepare(file)
        _refuse_origin(file)
        sizes = _picture_sizes(file)
        if self.outside == 'ignore':
            beyond = outside_image(file.points, sizes) > 0
            visible = np.where(beyond, 0, file.visible).astype(np.uint8)
            # CocoMetric must not count what this data set leaves out
            self._as_written = self._as_written and np.array_equal(visible, file.visible)
            file = replace(file, visible=visible)
        return file if self.bbox_source is None else self._with_boxes(file, sizes)

    def _with_boxes(self, file: CocoKeypoints, sizes: np.ndarray) -> CocoKeypoints:
        released = any(BBOX_ANNOTATION in a for a in file.annotations)
        field = BBOX_ANNOTATION if released else 'bbox'
        rows = [a.get(field, a.get('bbox')) for a in file.annotations]
        given = box_rows(rows, file.ids.tolist(), where=file.name, field=field)
        boxes, used = choose_boxes(
            file.points, file.visible, given, sizes, self.bbox_source, self.bbox_margin
        )
        return with_boxes(file, boxes, xyxy_to_xywh(boxes).tolist(), used.tolist())


@DATASETS.register_module()
class DogFLWDataset(FLWFaceDataset):
    """DogFLW: faces of dogs with 46 landmarks.

    Martvel et al., DogFLW: dog facial landmarks in the wild. The schema is ``dogflw46``: 19 pairs
    change sides under a flip, 8 points lie on the midline; of a pair, the even index is
    image-left in a frontal picture, which is the right of the dog. The metainfo holds the schema
    with its reference distances, ``regions`` (region -> names) and ``bbox_source``.

    Points without a label are unsupervised. A point labelled at (0, 0), the mark of a missing
    one, is an error.

    Args:
        ann_file: COCO file, relative to ``data_root``, such as `dogflw2coco.py` writes.
        schema: Another schema than the data set's own, such as a renamed one.
        bbox_source: ``annotation``, ``landmarks`` or ``auto``: choose each box anew from the
            release's box (``bbox_annotation``, else ``bbox``) and the points, as
            `annotations.face_boxes.choose_boxes` does. None: ``bbox`` as the file has it. Each
            sample's source is in ``gt_instances.bbox_source``.
        bbox_margin: For boxes around the points: how far each side moves outwards, as a share of
            the box.
        outside: ``keep`` points outside the picture, or ``ignore`` (no supervision).
        dataset_name: Name in the metainfo, ``dogflw`` by default.
        **options: See `CocoKeypointDataset`.

    Raises:
        LandmarkError: Anything wrong with the file; names file, annotation and keypoint.
    """

    schema_name = 'dogflw46'
    name = 'dogflw'


@DATASETS.register_module()
class CatFLWDataset(FLWFaceDataset):
    """CatFLW: faces of cats with 48 landmarks, schema ``catflw48``.

    Martvel et al., CatFLW: cat facial landmarks in the wild dataset. 22 pairs change sides under
    a flip, 4 points lie on the midline. Everything else is as with `DogFLWDataset`; the name in
    the metainfo is ``catflw``.
    """

    schema_name = 'catflw48'
    name = 'catflw'


def _refuse_origin(file: CocoKeypoints) -> None:
    at_origin = (file.visible > 0) & (file.points == 0).all(axis=2)
    if at_origin.any():
        row, column = np.argwhere(at_origin)[0]
        raise LandmarkError(
            f'{file.name}: annotation {file.ids[row]}: {file.schema.keypoints[column]} is labelled '
            f'at (0, 0), where missing points stand; expected visibility 0 there '
            f'({int(at_origin.sum())} such points in all)'
        )


def _picture_sizes(file: CocoKeypoints) -> np.ndarray:
    """Width and height of every annotation's picture, (N, 2)."""
    sizes = {image['id']: (image['width'], image['height']) for image in file.data['images']}
    rows = np.array([sizes[id_] for id_ in file.image_ids.tolist()], dtype=np.float64)
    return rows.reshape(-1, 2)
