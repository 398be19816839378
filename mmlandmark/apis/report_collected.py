"""What a test has collected as two point sets for each data set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from mmengine.evaluator import Evaluator

from mmlandmark.apis.report_overview import landmark_metrics
from mmlandmark.apis.report_points import PointSets
from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional.normalizers import (
    PIXEL,
    canonical_name,
    reference_lengths,
)
from mmlandmark.evaluation.metrics.packed_samples import PackedSamples, distinct
from mmlandmark.evaluation.metrics.report_samples import INSTANCES, POINTS, SAMPLES
from mmlandmark.schemas import schema_of_metainfo


def point_sets(
    samples: PackedSamples, evaluator: Evaluator, file_names: Mapping[int, str] | None = None
) -> list[PointSets]:
    """Return the samples of each data set, in the order of its first one.

    Args:
        samples: As `ReportSamples` collects them.
        evaluator: Whose metrics say what to divide errors by: the first NME, else the first
            metric of this package; without any the longer side of the box.
        file_names: Image id -> picture, where samples have no paths.

    Raises:
        LandmarkError: Samples with another number of keypoints than their data set has.
    """
    if not len(samples):
        return []
    meta = evaluator.dataset_meta or {}
    members = meta.get('datasets', {})
    columns = samples.tables[SAMPLES].columns['dataset']
    parts = []
    for name in distinct(columns):
        own = samples.where(columns == name.encode())
        shown = name or str(meta.get('dataset_name', 'data'))
        wanted = [m.norm for n, m in _by_error(evaluator) if n in ('', name, shown)]
        parts.append(_point_sets(shown, own, members.get(name, meta), wanted, file_names or {}))
    return parts


def _by_error(evaluator: Evaluator) -> list[tuple[str, Any]]:
    """Metrics with a normaliser: those of mean errors first."""
    own = list(landmark_metrics(evaluator))
    return sorted(own, key=lambda pair: not type(pair[1]).__name__.endswith('NME'))


def _point_sets(
    name: str,
    samples: PackedSamples,
    meta: Mapping[str, Any],
    wanted: list[str],
    file_names: Mapping[int, str],
) -> PointSets:
    of_samples, instances = samples.tables[SAMPLES].columns, samples.tables[INSTANCES]
    schema, points = schema_of_metainfo(meta), samples.tables[POINTS].columns
    count, keypoints = instances.num_rows, schema.num_keypoints
    other = np.setdiff1d(instances.columns['keypoints'], [keypoints])
    if len(other):
        raise LandmarkError(
            f'data set {name!r}: samples with {other[0]} keypoints; its schema {schema.name!r} has '
            f'{keypoints}'
        )
    pred, target = (points[s].reshape(count, keypoints, 2) for s in ('pred', 'target'))
    given, visible = (points[s].reshape(count, keypoints) for s in ('given', 'visible'))
    boxes = instances.columns['bboxes'].astype(np.float64)
    own_fields = {
        key: values
        for key, values in instances.columns.items()
        if key not in ('bboxes', 'keypoints') and np.isfinite(values).any()
    }
    normalizer, lengths = _lengths(wanted, schema, target, visible, boxes, own_fields)
    depth = None
    if 'pred_z' in points:
        values = np.abs(points['pred_z'] - points['target_z']).reshape(count, keypoints)
        depth = values.astype(np.float64) if np.isfinite(values).any() else None
    paths = _pictures(of_samples, file_names)
    left_out = distinct(of_samples['left_out'])
    left_out.pop('', None)
    return PointSets(
        name=name,
        schema=schema,
        predicted=pred,
        given=given,
        target=target,
        visible=visible,
        boxes=boxes,
        normalizer=normalizer,
        lengths=lengths,
        ids=np.repeat(of_samples['id'], instances.counts),
        pictures=np.repeat(np.array(paths, object), instances.counts).tolist(),
        depth=depth,
        left_out=left_out,
    )


def _lengths(
    wanted: list[str],
    schema: Any,
    target: np.ndarray,
    visible: np.ndarray,
    boxes: np.ndarray,
    fields: Mapping[str, np.ndarray],
) -> tuple[str, np.ndarray]:
    """The first normaliser that there is, and the lengths, (N,)."""
    known = boxes if np.isfinite(boxes).any() else None
    for name in (*wanted, 'bbox'):
        try:
            lengths = reference_lengths(name, schema, target, visible, known, fields)
        except LandmarkError:
            continue  # the samples do not have it
        if (lengths > 0).any():  # a length of zero measures nothing
            return canonical_name(name, schema, fields), lengths
    return PIXEL, np.ones(len(target))


def _pictures(columns: Mapping[str, np.ndarray], file_names: Mapping[int, str]) -> list[str]:
    paths = [path.decode() for path in columns['img_path'].tolist()]
    ids = columns['img_id'].tolist()
    return [path or str(file_names.get(i, '')) for path, i in zip(paths, ids, strict=True)]
