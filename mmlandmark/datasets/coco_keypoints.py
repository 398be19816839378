"""Any COCO keypoint file, in any schema."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from mmengine.logging import MessageHub, print_log
from mmpose.datasets.datasets.base import BaseCocoStyleDataset
from mmpose.datasets.transforms import PackPoseInputs
from mmpose.registry import DATASETS

from mmlandmark.annotations.audit_values import is_number
from mmlandmark.annotations.coco_lists import coco_lists
from mmlandmark.annotations.reader import CocoKeypoints, read_coco_keypoints
from mmlandmark.errors import LandmarkError
from mmlandmark.geometry.boxes import boxes_from_points, xyxy_to_xywh
from mmlandmark.schemas import KeypointSchema, get_schema

#: Annotation key that says where a box comes from, and its field in ``gt_instances``.
BBOX_SOURCE = 'bbox_source'
#: Its value for the boxes of a ``bbox_file``.
DETECTION = 'detection'


@DATASETS.register_module()
class CocoKeypointDataset(BaseCocoStyleDataset):
    """Pictures with keypoints of a schema; the file is found by names and checked entry by entry.

    The category must list the schema's names, in any order. An annotation without a box gets the
    tight box of its labelled keypoints. Crowds, and annotations without labelled keypoints or
    with an empty box, are left out and counted in the log. An annotation's ``bbox_source``, where
    it has one, is handed on in ``gt_instances`` so that metrics can say what boxes they saw.

    Args:
        ann_file: COCO file, relative to ``data_root``.
        schema: Name, path or dict of the schema.
        dataset_name: Name of the data set in the metainfo; the schema's by default.
        keypoints_field: Annotation and category key of the keypoints.
        assume_names: Take a category that lists no names to be in the schema's order.
        extra_fields: Numbers of the annotations that are handed on in ``gt_instances``, (1, 1)
            float32 each, NaN where absent; a field that no annotation has is left out.
        bbox_keypoints: Boxes around these keypoints or regions instead of the annotations', such as
            the face of a body for a model of faces. Instances where they span no area are left out
            and counted as those with an empty box.
        bbox_margin: For those: how far each side moves outwards, as a share of the box.
        **options: As other data sets of MMPose: ``data_root``, ``data_prefix``, ``pipeline``,
            ``data_mode``, ``test_mode``, ``bbox_file``, ``indices`` and so on.

    Raises:
        LandmarkError: Anything wrong with the file; names file, annotation and keypoint.
    """

    def __init__(
        self,
        ann_file: str,
        schema: str | dict | KeypointSchema,
        *,
        dataset_name: str | None = None,
        keypoints_field: str = 'keypoints',
        assume_names: bool = False,
        extra_fields: Sequence[str] = ('head_size',),
        bbox_keypoints: str | Sequence[str] | None = None,
        bbox_margin: float = 0.0,
        **options: Any,
    ) -> None:
        if 'metainfo' in options:
            raise LandmarkError('CocoKeypointDataset takes its metainfo from schema; leave it out')
        self.schema = get_schema(schema)
        self.keypoints_field, self.assume_names = keypoints_field, assume_names
        self.extra_fields = tuple(extra_fields)
        if bbox_keypoints is not None:
            refuse_bbox_file(self, 'bbox_keypoints', options)
        names = [bbox_keypoints] if isinstance(bbox_keypoints, str) else bbox_keypoints
        self.bbox_columns = None if names is None else self.schema.indices(list(names))
        if isinstance(bbox_margin, bool | str) or not 0 <= bbox_margin < np.inf:
            raise LandmarkError(
                f'bbox_margin is {bbox_margin!r}; expected a share of the box, 0 or more'
            )
        self.bbox_margin = bbox_margin
        self._as_written = keypoints_field == 'keypoints'
        info = self.schema.to_metainfo()
        info['dataset_name'] = dataset_name or self.schema.name
        lazy = options.pop('lazy_init', False)
        super().__init__(ann_file=str(ann_file), metainfo=info, lazy_init=True, **options)
        self._metainfo['schema'] = self.schema
        if not lazy:
            self.full_init()

    def full_init(self) -> None:
        """Read the file."""
        super().full_init()
        if self.test_mode and self.coco_file is None:
            # CocoMetric would read the wrong keypoints from the file; samples carry theirs
            hub, key = (
                MessageHub.get_current_instance(),
                f'{self._metainfo["dataset_name"]}_ann_file',
            )
            if hub.get_info(key) == self.ann_file:
                hub.pop_info(key)

    @property
    def coco_file(self) -> str | None:
        """The file, if its ``keypoints`` are the schema's in the schema's order, else None."""
        return self.ann_file if self._as_written else None

    def get_data_info(self, idx: int) -> dict[str, Any]:
        """Return a sample before its pipeline."""
        info = super().get_data_info(idx)
        extra = {key: key for key in (*self.extra_fields, BBOX_SOURCE) if key in info}
        if extra:
            info['instance_mapping_table'] = {**PackPoseInputs.instance_mapping_table, **extra}
        return info

    def _load_annotations(self) -> tuple[list[dict], list[dict]]:
        """Return instances and images in MMPose's form."""
        file = self._read()
        images = self._images(file)
        file = self._prepare(file)
        self._as_written = self._as_written and _is_as_written(file)
        self._metainfo['CLASSES'] = [
            {**category, 'keypoints': list(self.schema.keypoints)}
            for category in file.data['categories']
            if category['id'] in file.category_ids
        ]
        # groups of one image stay together, as MMPose's bottom-up mode expects
        place = {id_: number for number, id_ in enumerate(images)}
        order = sorted(
            (row for row, id_ in enumerate(file.image_ids.tolist()) if id_ in place),
            key=lambda row: place[int(file.image_ids[row])],
        )
        annotations = self._in_coco_form(file)
        fields = [f for f in self.extra_fields if any(f in a for a in file.annotations)]
        instances = []
        for row in order:
            annotation = annotations[row]
            image = images[annotation['image_id']]
            info = self.parse_data_info({'raw_ann_info': annotation, 'raw_img_info': image})
            if BBOX_SOURCE in annotation:
                info[BBOX_SOURCE] = [str(annotation[BBOX_SOURCE])]
            for field in fields:
                info[field] = np.array([[_number(file, annotation, field)]], dtype=np.float32)
            instances.append(info)
        self._log(file, instances)
        return instances, list(images.values())

    def _load_detection_results(self) -> list[dict]:
        """Return detected boxes in MMPose's form; all of their labels are at (0, 0)."""
        return [{**one, BBOX_SOURCE: [DETECTION]} for one in super()._load_detection_results()]

    def _read(self) -> CocoKeypoints:
        """Read the file; data sets of other files bring theirs into this form."""
        return read_coco_keypoints(
            self.ann_file,
            self.schema,
            keypoints_field=self.keypoints_field,
            assume_names=self.assume_names,
        )

    def _prepare(self, file: CocoKeypoints) -> CocoKeypoints:
        """Check or change what was read; data sets with conventions of their own add theirs."""
        if self.bbox_columns is None:
            return file
        columns = self.bbox_columns
        boxes = boxes_from_points(
            file.points[:, columns], file.visible[:, columns], self.bbox_margin
        )
        rows = np.nan_to_num(xyxy_to_xywh(boxes)).tolist()  # no point: left out as empty
        return with_boxes(file, boxes, rows, ['keypoints'] * len(file))

    def _images(self, file: CocoKeypoints) -> dict[int, dict]:
        chosen = {}
        for image in file.data['images']:
            for key in ('file_name', 'width', 'height'):
                if key not in image:
                    raise LandmarkError(f'{file.name}: image {image["id"]} has no {key!r}')
            for key in ('width', 'height'):
                if not (is_number(image[key]) and image[key] > 0):
                    raise LandmarkError(
                        f'{file.name}: image {image["id"]}: {key} is {image[key]!r:.40}; expected '
                        'pixels'
                    )
            if image['id'] % self.sample_interval == 0:
                path = os.path.join(self.data_prefix['img'], image['file_name'])
                chosen[image['id']] = {**image, 'img_id': image['id'], 'img_path': path}
        return chosen

    def _in_coco_form(self, file: CocoKeypoints) -> list[dict]:
        """The annotations with ``keypoints`` in schema order and a box."""
        boxes = file.bboxes.copy()
        absent = np.isnan(boxes).any(axis=1)
        boxes[absent] = boxes_from_points(file.points[absent], file.visible[absent])
        boxes = np.nan_to_num(xyxy_to_xywh(boxes))  # no box and no point: left out as empty
        counts = (file.visible > 0).sum(axis=1).tolist()
        rows = coco_lists(file.points, file.visible, decimals=6)
        own = {f'{prefix}{self.keypoints_field}' for prefix in ('', 'num_')}
        return [
            {
                **{key: value for key, value in annotation.items() if key not in own},
                'keypoints': row,
                'num_keypoints': count,
                'bbox': annotation.get('bbox') or box,
            }
            for annotation, row, count, box in zip(
                file.annotations, rows, counts, boxes.tolist(), strict=True
            )
        ]

    def _log(self, file: CocoKeypoints, instances: Sequence[Mapping[str, Any]]) -> None:
        usable = [self._is_valid_instance(instance) for instance in instances]
        reasons = Counter(
            {
                'of another category': file.other_category,
                'without keypoints': file.without_keypoints,
                'crowd, unlabelled or with an empty box': usable.count(False),
            }
        )
        listed = ', '.join(f'{count} {reason}' for reason, count in reasons.items() if count)
        message = f'{file.name}: {usable.count(True)} instances; left out: {listed or "none"}'
        if not any(usable):
            raise LandmarkError(f'{message}; expected at least 1')
        print_log(message, logger='current')


def refuse_bbox_file(data_set: object, option: str, options: Mapping[str, Any]) -> None:
    """Raise a LandmarkError where detected boxes are given besides an option that chooses boxes."""
    if options.get('bbox_file'):
        raise LandmarkError(
            f'{type(data_set).__name__}: bbox_file and {option} both choose the boxes; expected '
            'one of them'
        )


def with_boxes(
    file: CocoKeypoints, boxes: np.ndarray, rows: Sequence[list], sources: Sequence[str]
) -> CocoKeypoints:
    """Return what was read with other boxes.

    Args:
        file: What was read.
        boxes: (N, 4) x1, y1, x2, y2, pixels.
        rows: The same as lists of x, y, width and height.
        sources: What to call their source; an annotation with an empty one keeps its own box.
    """
    annotations = [
        {**annotation, 'bbox': row, BBOX_SOURCE: source} if source else annotation
        for annotation, row, source in zip(file.annotations, rows, sources, strict=True)
    ]
    return replace(file, annotations=annotations, bboxes=boxes)


def _is_as_written(file: CocoKeypoints) -> bool:
    names = list(file.schema.keypoints)
    categories = [c for c in file.data['categories'] if c['id'] in file.category_ids]
    return all(category.get('keypoints') == names for category in categories)


def _number(file: CocoKeypoints, annotation: Mapping[str, Any], field: str) -> float:
    value = annotation.get(field)
    if value is None:
        return float('nan')
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise LandmarkError(
            f'{file.name}: annotation {annotation["id"]}: {field!r} is {value!r:.60}; expected a '
            'number'
        )
    return float(value)
