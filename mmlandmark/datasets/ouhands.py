"""OUHANDS: hands of ten gestures, with 21 points in two or three dimensions."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
from mmengine.logging import print_log
from mmpose.registry import DATASETS

from mmlandmark.annotations.face_boxes import DEFAULT_MARGIN
from mmlandmark.annotations.ouhands import LANDMARKS, read_ouhands
from mmlandmark.annotations.ouhands_coco import DEPTH_FIELD, check_box_source, coco_document
from mmlandmark.annotations.ouhands_layout import check_split, split_source
from mmlandmark.annotations.reader import CocoKeypoints, read_coco_keypoints
from mmlandmark.datasets.coco_keypoints import CocoKeypointDataset
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import KeypointSchema

#: What a sample has in the pipeline besides, for ``meta_keys`` of ``PackPoseInputs``.
META_KEYS = ('gesture', 'handedness')
_NOT_OURS = ('ann_file', 'data_prefix', 'metainfo', 'keypoints_field', 'assume_names')
_OTHER_BOXES = ('bbox_file', 'bbox_keypoints')


@DATASETS.register_module()
class OuhandsDataset(CocoKeypointDataset):
    """One split of OUHANDS, read from its folder and landmark files.

    Points are in pixels of the picture. In the pipeline a sample also has ``keypoints_3d``
    (1, 21, 3) float32, packed into ``gt_instances``: x and y in pixels of the picture, z as in the
    file (about a share of the picture's width, 0 at the wrist), NaN where the file has none;
    ``gesture``, its class; and ``handedness``, ``left``, ``right`` or None, as the file says. A
    mirror image shows the other hand: ``RandomHandFlip`` swaps the two, MMPose's flips change
    neither ``handedness`` nor ``keypoints_3d``.

    Pictures without a landmark file are left out and counted by class in the log.

    Args:
        split: ``train``, ``validation`` or ``test``.
        data_root: Folder that holds ``OUHANDS_train``, ``OUHANDS_test`` and the landmark files.
        schema: Schema of the points.
        landmarks: Folder of the landmark files, relative to ``data_root``.
        bbox_source: ``annotation``, ``landmarks``, ``auto`` or ``picture``; see
            `annotations.ouhands_coco.choose_hand_boxes`. Each sample's source is in
            ``gt_instances.bbox_source``.
        bbox_margin: For boxes around the points: how far each side moves outwards, as a share of
            the box.
        skip_defects: Leave out and count what is an error else; see
            `annotations.ouhands.read_ouhands`.
        check_pictures: Decode all pictures when the data set is built; the same.
        dataset_name: Name in the metainfo, ``ouhands`` by default.
        **options: ``pipeline``, ``test_mode``, ``indices`` and so on, as other data sets of MMPose.

    Attributes:
        listed: Class -> pictures of the split; empty until it is read.
        without_landmarks: Class -> those without a landmark file.
        depth_scale: What divides z to about -1 to 1; see `RawHands.depth_scale`.

    Raises:
        LandmarkError: Anything wrong with the files or the options; one line that names the file.
    """

    def __init__(
        self,
        split: str,
        *,
        data_root: str,
        schema: str | dict | KeypointSchema = 'hand21',
        landmarks: str = LANDMARKS,
        bbox_source: str = 'auto',
        bbox_margin: float = DEFAULT_MARGIN,
        skip_defects: bool = False,
        check_pictures: bool = True,
        dataset_name: str = 'ouhands',
        **options: Any,
    ) -> None:
        for option in (*_NOT_OURS, *_OTHER_BOXES):
            if option in options:
                ours = 'bbox_source' if option in _OTHER_BOXES else 'split and data_root'
                raise LandmarkError(f'OuhandsDataset takes no {option}; expected {ours}')
        check_split(split)
        check_box_source(bbox_source)
        self.split, self.landmarks, self.bbox_source = split, landmarks, bbox_source
        self.skip_defects, self.check_pictures = skip_defects, check_pictures
        self.listed: dict[str, int] = {}
        self.without_landmarks: dict[str, int] = {}
        self.depth_scale = float('nan')
        lazy = options.pop('lazy_init', False)
        super().__init__(
            split_source(split),
            schema,
            data_root=data_root,
            dataset_name=dataset_name,
            bbox_margin=bbox_margin,
            lazy_init=True,
            **options,
        )
        self._metainfo['bbox_source'] = bbox_source
        self._metainfo['regions'] = {r: list(names) for r, names in self.schema.regions.items()}
        if not lazy:
            self.full_init()

    @property
    def coco_file(self) -> None:
        """None: there is no COCO file."""
        return None

    def get_data_info(self, idx: int) -> dict[str, Any]:
        """Return a sample before its pipeline."""
        info = super().get_data_info(idx)
        info['instance_mapping_table'] = {
            **info['instance_mapping_table'],
            'keypoints_3d': 'keypoints_3d',
        }
        return info

    def _read(self) -> CocoKeypoints:
        hands = read_ouhands(
            self.data_root,
            self.split,
            self.schema,
            landmarks=self.landmarks,
            skip_defects=self.skip_defects,
            check_pictures=self.check_pictures,
        )
        self.listed, self.without_landmarks = hands.listed, hands.without_landmarks
        self.depth_scale = hands.depth_scale()
        first, *others = hands.summary()
        print_log(first, logger='current')
        for line in others:
            print_log(line, logger='current', level=logging.WARNING)
        document = coco_document(hands, self.bbox_source, self.bbox_margin)
        return read_coco_keypoints(document, self.schema, name=self.ann_file)

    def _load_annotations(self) -> tuple[list[dict], list[dict]]:
        instances, images = super()._load_annotations()
        for instance in instances:
            annotation = instance['raw_ann_info']
            instance.update({key: annotation[key] for key in META_KEYS})
            instance['keypoints_3d'] = _with_depth(instance['keypoints'], annotation[DEPTH_FIELD])
        return instances, images


def _with_depth(points: np.ndarray, depths: list[float] | None) -> np.ndarray:
    """(1, K, 2) points and K numbers, or none, as (1, K, 3)."""
    shape = (*points.shape[:2], 1)
    column = np.full(shape, np.nan) if depths is None else np.array(depths).reshape(shape)
    return np.concatenate([points, column], axis=-1).astype(np.float32)
