"""COCO's AP over the keypoints that a method covers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from mmengine.logging import MMLogger
from mmpose.evaluation.metrics import CocoMetric
from mmpose.registry import METRICS
from xtcocotools.coco import COCO

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.metrics.coco_rows import pack_kept, unpack_kept
from mmlandmark.evaluation.metrics.coverage import (
    Coverage,
    agreed,
    check_answer,
    covered_keypoints,
    inferred_keypoints,
)
from mmlandmark.evaluation.metrics.packed_metric import PackedMetric
from mmlandmark.evaluation.metrics.packed_samples import PackedSamples, one_table
from mmlandmark.schemas import schema_of_metainfo

FRONT = 'covered'
SAMPLES = 'samples'


@METRICS.register_module()
class CoveredCocoMetric(PackedMetric, CocoMetric):
    """`CocoMetric` whose OKS, scores and suppression see only the keypoints that are covered.

    The figures are those of `CocoMetric` on a data set whose annotations hold nothing but those
    keypoints; areas and boxes stay as they are, and a person of whom none is labelled is ignored,
    as COCO does. A method declares what it covers by ``pred_instances.keypoints_covered``
    (`ConvertedHead` does); without it all keypoints are. Keys are ``covered/AP`` and so on, for an
    OKS over some keypoints cannot be compared with one over all; ``coverage/OKS_keypoints`` and
    ``coverage/OKS_points`` are the covered shares of the keypoints and of the labelled points.

    Args:
        **kwargs: See `CocoMetric`; only ``iou_type='keypoints'``, and no converters, which a
            `ConvertedHead` stands for.

    Attributes:
        coverage: That of the last evaluation (on the main process).
    """

    default_prefix = None

    def __init__(self, **kwargs: Any) -> None:
        prefix = kwargs.pop('prefix', None)
        # BaseMetric warns about a missing prefix, but these keys already name their metric
        CocoMetric.__init__(self, **kwargs, prefix=prefix or FRONT)
        self.prefix = prefix
        self._start_empty()
        if self.iou_type != 'keypoints':
            raise LandmarkError(
                f"CoveredCocoMetric has iou_type={self.iou_type!r}; expected 'keypoints'"
            )
        if self.pred_converter is not None or self.gt_converter is not None:
            raise LandmarkError(
                'CoveredCocoMetric takes no pred_converter or gt_converter; use a ConvertedHead'
            )
        self.coverage: Coverage | None = None

    @property
    def dataset_meta(self) -> dict | None:
        """Meta information of the data set; see `CocoMetric`."""
        return self._dataset_meta

    @dataset_meta.setter
    def dataset_meta(self, dataset_meta: dict) -> None:
        CocoMetric.dataset_meta.fset(self, dataset_meta)
        self._schema = schema_of_metainfo(dataset_meta)

    def pack(self, data_samples: Sequence[Mapping[str, Any]]) -> PackedSamples:
        """See `PackedMetric.pack`."""
        for sample in data_samples:
            check_answer(sample, self._schema, 'CoveredCocoMetric')
        covered = covered_keypoints(data_samples, self._schema.num_keypoints)
        counts = dict(covered=covered, inferred=inferred_keypoints(data_samples, covered))
        store, self.results = self.results, []
        try:
            CocoMetric.process(self, None, data_samples)  # appends to the results
            kept = self.results
        finally:
            self.results = store
        packed = pack_kept(kept)
        of_samples = one_table(SAMPLES, [1] * len(kept), counts)
        return replace(packed, tables={**packed.tables, **of_samples.tables})

    def compute_metrics(self, results: PackedSamples) -> dict[str, float]:
        """Evaluate; see `CocoMetric`."""
        self.require_samples(results)
        results.refuse_lacking()
        counts = results.tables[SAMPLES].columns
        covered = agreed(counts['covered'], 'CoveredCocoMetric')
        whole, columns = self._dataset_meta, np.flatnonzero(covered)
        self._covered = covered
        sigmas = np.asarray(whole['sigmas'])[columns]
        self._dataset_meta = {**whole, 'sigmas': sigmas, 'num_keypoints': len(columns)}
        try:
            figures = CocoMetric.compute_metrics(self, unpack_kept(results, columns))
        finally:
            self._dataset_meta = whole
        if self.format_only:
            return figures
        labelled = _labelled(self.coco, len(covered))
        inferred = counts['inferred'].sum(axis=0)
        self.coverage = Coverage(self._schema, covered, labelled, inferred)
        MMLogger.get_current_instance().info(
            f'OKS: {self.coverage.summary()}\n{self.coverage.table()}'
        )
        return {f'{FRONT}/{key}': value for key, value in figures.items()} | {
            'coverage/OKS_keypoints': self.coverage.of_keypoints,
            'coverage/OKS_points': self.coverage.of_points,
        }

    def _do_python_keypoint_eval(self, outfile_prefix: str) -> list[tuple[str, float]]:
        """Evaluate against annotations that hold the covered keypoints only."""
        whole = self.coco
        self.coco = covered_ground_truth(whole, self._covered)
        try:
            return super()._do_python_keypoint_eval(outfile_prefix)
        finally:
            self.coco = whole


def covered_ground_truth(coco: COCO, covered: np.ndarray) -> COCO:
    """Return ground truth with the covered keypoints only.

    Args:
        coco: The whole ground truth; it is not changed.
        covered: (K,) bool.

    Raises:
        LandmarkError: An annotation has another number of keypoints.
    """
    annotations = []
    for annotation in coco.dataset['annotations']:
        if 'keypoints' in annotation:
            points = _points(annotation, len(covered))[covered]
            annotation = {
                **annotation,
                'keypoints': points.ravel().tolist(),
                'num_keypoints': int((points[:, 2] > 0).sum()),
            }
        annotations.append(annotation)
    reduced = COCO()
    reduced.dataset = {**coco.dataset, 'annotations': annotations}
    reduced.createIndex()
    return reduced


def _labelled(coco: COCO, count: int) -> np.ndarray:
    """How often each keypoint is labelled, (K,); crowds left out as in the evaluation."""
    points = [
        _points(annotation, count)[:, 2] > 0
        for annotation in coco.dataset['annotations']
        if 'keypoints' in annotation and not annotation.get('iscrowd')
    ]
    return np.sum(points, axis=0, dtype=np.int64) if points else np.zeros(count, dtype=np.int64)


def _points(annotation: Mapping[str, Any], count: int) -> np.ndarray:
    values = np.asarray(annotation['keypoints'])
    if values.shape != (3 * count,):
        raise LandmarkError(
            f'annotation {annotation["id"]}: has {values.size} numbers in keypoints, expected '
            f'{3 * count}: x, y, v of {count} keypoints'
        )
    return values.reshape(-1, 3)
