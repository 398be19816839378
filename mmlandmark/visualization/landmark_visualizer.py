"""A visualizer for mixed data sets: every sample in the keypoints of its own data set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import numpy as np
from mmengine.dist import master_only
from mmengine.structures import InstanceData
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.registry import VISUALIZERS
from mmpose.structures import PoseDataSample
from mmpose.visualization import PoseLocalVisualizer

from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.schemas import KeypointSchema, get_schema

#: What `PoseLocalVisualizer.set_dataset_meta` sets.
_SETTINGS = ('dataset_meta', 'bbox_color', 'kpt_color', 'link_color', 'skeleton')


@VISUALIZERS.register_module()
class LandmarkVisualizer(PoseLocalVisualizer):
    """MMPose's visualizer, with names, links and colours chosen for every sample.

    Labels are drawn by the metainfo of the sample's data set (``dataset_name``, looked up in the
    ``datasets`` of `MultiKeypointDataset`'s metainfo), predictions by the schema that they are in
    (``pred_schema``, as heads of this package state it) or else as the labels. Points that are not
    finite are not drawn. Without several data sets it draws as `PoseLocalVisualizer` does.

    Args:
        name: Name of the instance.
        **kwargs: See `PoseLocalVisualizer`.
    """

    def __init__(self, name: str = 'visualizer', **kwargs: Any) -> None:
        super().__init__(name, **kwargs)
        self._members: Mapping[str, dict[str, Any]] = {}
        self._predictions: InstanceData | None = None
        self._pred_meta: dict[str, Any] | None = None

    def set_dataset_meta(self, dataset_meta: dict, skeleton_style: str = 'mmpose') -> None:
        """Take the metainfo of one data set, or of several under ``datasets``."""
        self._members = (dataset_meta or {}).get('datasets', {})
        super().set_dataset_meta(dataset_meta, skeleton_style)

    @master_only
    def add_datasample(
        self,
        name: str,
        image: np.ndarray,
        data_sample: PoseDataSample,
        *args: Any,
        **kwargs: Any,
    ) -> np.ndarray:
        """Draw a sample; see `PoseLocalVisualizer.add_datasample`.

        Returns:
            (H, W, 3) uint8 RGB, as drawn.

        Raises:
            LandmarkError: The sample is of a data set that is not known, or has another number of
                keypoints than its schema.
        """
        schema = data_sample.get('pred_schema')
        self._predictions = data_sample.get('pred_instances')
        self._pred_meta = _meta_of(get_schema(schema)) if schema is not None else None
        try:
            with self._drawing_by(self._member_of(data_sample)):
                return super().add_datasample(name, image, data_sample, *args, **kwargs)
        finally:
            self._predictions = self._pred_meta = None

    def _draw_instances_kpts(
        self, image: np.ndarray, instances: InstanceData, *args: Any, **kwargs: Any
    ) -> np.ndarray:
        is_prediction = instances is self._predictions
        with self._drawing_by(self._pred_meta if is_prediction else None):
            self._check_count(instances)
            return super()._draw_instances_kpts(image, _drawable(instances), *args, **kwargs)

    def _member_of(self, data_sample: PoseDataSample) -> dict[str, Any] | None:
        dataset = data_sample.get('dataset_name')
        # metainfo of several data sets names them all at once, and so do pictures of none of them
        if not self._members or dataset in (None, self.dataset_meta.get('dataset_name')):
            return None
        if dataset not in self._members:
            raise LandmarkError(
                f'sample {data_sample.get("id")} ({data_sample.get("img_path")}) is of the unknown '
                f'data set {dataset!r}{nearest(dataset, self._members)}; known are '
                f'{", ".join(self._members)}'
            )
        return self._members[dataset]

    @contextmanager
    def _drawing_by(self, meta: dict[str, Any] | None) -> Iterator[None]:
        """Draw by another metainfo for a while; None changes nothing."""
        before = {setting: getattr(self, setting) for setting in _SETTINGS}
        if meta is not None:
            PoseLocalVisualizer.set_dataset_meta(self, meta)
        try:
            yield
        finally:
            for setting, value in before.items():
                setattr(self, setting, value)

    def _check_count(self, instances: InstanceData) -> None:
        expected, shape = self.dataset_meta.get('num_keypoints'), np.shape(instances.keypoints)
        if expected is not None and len(shape) == 3 and shape[1] != expected:
            raise LandmarkError(
                f'{shape[1]} keypoints to draw, but {self.dataset_meta.get("dataset_name")!r} has '
                f'{expected}: predictions in other keypoints state them as pred_schema'
            )


@lru_cache(maxsize=64)
def _meta_of(schema: KeypointSchema) -> dict[str, Any]:
    return parse_pose_metainfo(schema.to_metainfo())


def _drawable(instances: InstanceData) -> InstanceData:
    """The same instances, without points that are not finite: MMPose makes integers of all."""
    field = 'transformed_keypoints' if 'transformed_keypoints' in instances else 'keypoints'
    points = np.asarray(instances[field], dtype=np.float64)
    finite = np.isfinite(points).all(axis=-1)
    if finite.all():
        return instances
    visible = np.asarray(instances.get('keypoints_visible', np.ones(finite.shape)))
    visible = visible[..., 0] if visible.ndim == 3 else visible
    drawable = instances.new()
    drawable[field] = np.where(finite[..., None], points, -1.0)
    drawable.keypoints_visible = np.where(finite, visible, 0)
    return drawable
