"""Predictions of a batch, converted in image coordinates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from mmengine.structures import InstanceData
from mmpose.structures import PoseDataSample
from mmpose.utils.tensor_utils import to_numpy

from mmlandmark.errors import LandmarkError
from mmlandmark.models.converters.conversions import PointConversion
from mmlandmark.schemas import Conversion, KeypointSchema

FRAME_KEYS = ('input_size', 'input_scale', 'input_center')


@contextmanager
def flip_indices_of(samples: Sequence[PoseDataSample], schema: KeypointSchema) -> Iterator[None]:
    """Let samples carry another schema's flip indices for a while."""
    own = [sample.metainfo.get('flip_indices') for sample in samples]
    flips = schema.flip_indices.tolist()
    try:
        for sample in samples:
            sample.set_metainfo(dict(flip_indices=flips))
        yield
    finally:
        for sample, indices in zip(samples, own, strict=True):
            if indices is None:
                del sample.flip_indices
            else:
                sample.set_metainfo(dict(flip_indices=indices))


def check_samples(samples: Sequence[PoseDataSample], target: KeypointSchema) -> None:
    """Raise a LandmarkError if labelled samples are not in the target schema.

    Samples without labels, as of pictures from anywhere, may carry any flip indices.
    """
    flips = target.flip_indices.tolist()
    for sample in samples:
        labels = sample.get('gt_instances')
        if labels is None or 'keypoints' not in labels:
            continue
        if labels.keypoints.shape[1] != target.num_keypoints:
            raise LandmarkError(
                f'{describe(sample)}: the data set labels {labels.keypoints.shape[1]} keypoints, '
                f'but the predictions are converted to the {target.num_keypoints} of '
                f'{target.name!r}; expected a data set of that schema'
            )
        own = list(sample.metainfo.get('flip_indices', flips))
        if own != flips:
            raise LandmarkError(
                f'{describe(sample)}: the data set mirrors its keypoints as {own}, {target.name!r} '
                f'as {flips}; expected a data set of that schema'
            )


def convert_instances(
    conversion: PointConversion,
    instances: Sequence[InstanceData],
    samples: Sequence[PoseDataSample],
    score_thr: float,
    covered: np.ndarray,
) -> list[InstanceData]:
    """Convert the predictions of a batch at once.

    Args:
        conversion: From the schema of ``instances``.
        instances: What a head predicts: ``keypoints`` (N, S, 2) in coordinates of the network's
            input, and ``keypoint_scores`` (N, S).
        samples: Say where each input lies in its picture.
        score_thr: A point counts as seen where its score is above.
        covered: (T,) bool, the target points to be declared as covered.

    Returns:
        For each sample, in coordinates of the network's input again, as estimators expect:
        ``keypoints`` (N, T, 2), ``keypoint_scores`` (N, T) float32 (the mean of the sources'
        scores, weighed by their shares; 0 where not given), ``keypoints_visible`` (N, T) uint8 (0
        where not given), ``keypoints_inferred`` (N, T) bool, ``keypoints_covered`` (N, T) bool
        (``covered``); and in image coordinates
        ``source_keypoints`` (N, S, 2), ``source_keypoint_scores`` (N, S) and, where the method
        states it, ``keypoint_sigmas`` (N, T). All other fields are kept.

    Raises:
        LandmarkError: Points of another number, or not finite, or samples without a frame.
    """
    points, scores = _source_points(conversion.source, instances, samples)
    counts = [len(p.keypoint_scores) for p in instances]
    size, scale, center = (np.repeat(f, counts, axis=0)[:, None] for f in _frames(samples))
    points = points / size * scale + center - 0.5 * scale
    visible = np.where(scores > score_thr, 2, 0).astype(np.uint8)
    owners = [sample for sample, count in zip(samples, counts, strict=True) for _ in range(count)]
    _check_finite(conversion.source, points, visible > 0, owners)
    result = conversion.convert(points, visible, _boxes(samples, counts))
    rows = _fields(conversion, result, scores, covered)
    rows['keypoints'] = (result.points - center + 0.5 * scale) / scale * size
    rows |= dict(source_keypoints=points, source_keypoint_scores=scores)
    ends = np.cumsum(counts)
    converted = []
    for own, start, end in zip(instances, ends - counts, ends, strict=True):
        kept = {k: v for k, v in own.all_items() if not k.startswith('keypoint')}
        converted.append(InstanceData(**kept, **{k: v[start:end] for k, v in rows.items()}))
    return converted


def describe(sample: PoseDataSample) -> str:
    """Name a sample in a message."""
    meta = sample.metainfo
    path = f' ({meta["img_path"]})' if 'img_path' in meta else ''
    return f'annotation {meta.get("id", "without id")}{path}'


def _source_points(
    source: KeypointSchema, instances: Sequence[InstanceData], samples: Sequence[PoseDataSample]
) -> tuple[np.ndarray, np.ndarray]:
    points = [to_numpy(p.keypoints)[..., :2] for p in instances]
    for found, sample in zip(points, samples, strict=True):
        if found.shape[1] != source.num_keypoints:
            raise LandmarkError(
                f'{describe(sample)}: the head gives {found.shape[1]} keypoints, but schema '
                f'{source.name!r} that they are converted from has {source.num_keypoints}'
            )
    scores = [to_numpy(p.keypoint_scores) for p in instances]
    return np.concatenate(points).astype(np.float64), np.concatenate(scores).astype(np.float32)


def _frames(samples: Sequence[PoseDataSample]) -> list[np.ndarray]:
    """Size, scale and centre of each sample's input, (B, 2) float64 each."""
    for sample in samples:
        missing = [key for key in FRAME_KEYS if key not in sample.metainfo]
        if missing:
            raise LandmarkError(
                f'{describe(sample)}: its metainfo has no {missing[0]!r}, so that its image '
                "coordinates are not known; keep it in the pipeline's PackPoseInputs"
            )
    return [
        np.array([sample.metainfo[key] for sample in samples], dtype=np.float64).reshape(-1, 2)
        for key in FRAME_KEYS
    ]


def _boxes(samples: Sequence[PoseDataSample], counts: Sequence[int]) -> np.ndarray | None:
    """The labelled or detected boxes (N, 4) in image coordinates, if there is one for each."""
    boxes: list[Any] = []
    for sample, count in zip(samples, counts, strict=True):
        found = sample.gt_instances.get('bboxes') if 'gt_instances' in sample else None
        if found is None or len(found) != count:
            return None
        boxes.append(to_numpy(found))
    return np.concatenate(boxes).astype(np.float64)


def _fields(
    conversion: PointConversion, result: Conversion, scores: np.ndarray, covered: np.ndarray
) -> dict[str, np.ndarray]:
    given = result.visible > 0
    known = np.where(np.isfinite(scores), scores, 0.0)
    fields = dict(
        keypoint_scores=(np.where(given, known @ conversion.influence.T, 0.0)).astype(np.float32),
        keypoints_visible=result.visible,
        keypoints_inferred=result.inferred,
        keypoints_covered=np.broadcast_to(covered, given.shape),
    )
    return fields if result.sigma is None else fields | dict(keypoint_sigmas=result.sigma)


def _check_finite(
    source: KeypointSchema,
    points: np.ndarray,
    visible: np.ndarray,
    owners: Sequence[PoseDataSample],
) -> None:
    bad = visible & ~np.isfinite(points).all(axis=-1)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise LandmarkError(
            f'{describe(owners[row])}: the head puts {source.keypoints[column]!r} at '
            f'{points[row, column].tolist()}, expected finite coordinates'
        )
