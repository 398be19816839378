"""Arrays of a whole batch from the values of its samples."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from mmlandmark.errors import LandmarkError

Sample = Mapping[str, Any]


def to_numpy(value: Any) -> np.ndarray:
    """An array of an array, a tensor on any device, or a number."""
    return value.detach().cpu().numpy() if hasattr(value, 'detach') else np.asarray(value)


def with_shapes(values: Sequence[Any]) -> list[Any]:
    """Arrays and tensors as they are, anything else as an array."""
    if set(map(type, values)) == {np.ndarray}:
        return list(values)
    return [value if hasattr(value, 'shape') else np.asarray(value) for value in values]


def join_rows(values: Sequence[Any]) -> np.ndarray:
    """Concatenate arrays or tensors of at least one sample; tensors by one copy to the CPU."""
    kinds = set(map(type, values))
    if kinds == {np.ndarray}:
        return np.concatenate(values)
    if kinds == {torch.Tensor}:
        return torch.cat(tuple(values)).detach().cpu().numpy()
    return np.concatenate([to_numpy(value) for value in values])


def describe(sample: Sample) -> str:
    """Name a sample in a message."""
    return f'annotation {sample.get("id")}'


def points_of(samples: Sequence[Sample]) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """Predicted and labelled points (R, K, 2) of all instances, and instances of each sample.

    Raises:
        LandmarkError: Predictions and labels differ in shape, or samples in keypoints.
    """
    found = with_shapes([sample['pred_instances']['keypoints'] for sample in samples])
    labels = with_shapes([sample['gt_instances']['keypoints'] for sample in samples])
    shapes = [value.shape for value in found]
    if shapes != [value.shape for value in labels] or len({shape[1:] for shape in shapes}) > 1:
        _refuse_shapes(samples, shapes, [value.shape for value in labels])
    if len(shapes[0]) != 3:
        _refuse_shapes(samples, shapes, shapes)
    return join_rows(found), join_rows(labels), [shape[0] for shape in shapes]


def _refuse_shapes(samples: Sequence[Sample], found: Sequence[Any], labels: Sequence[Any]) -> None:
    first = tuple(found[0])
    for sample, points, target in zip(samples, map(tuple, found), map(tuple, labels), strict=True):
        if len(points) != 3 or points != target:
            raise LandmarkError(
                f'{describe(sample)}: predictions {points} for labels {target}: expected the same '
                'instances and keypoints'
            )
        if points[1:] != first[1:]:
            raise LandmarkError(
                f'{describe(sample)}: {points[1]} keypoints of {points[2]} coordinates, but '
                f'{describe(samples[0])} has {first[1]} of {first[2]}: expected the same in all '
                'samples of a data set'
            )


def per_point(
    values: Sequence[Any], samples: Sequence[Sample], counts: Sequence[int], keypoints: int
) -> np.ndarray:
    """Visibility of all instances, (R, K).

    MMPose also has it as (M, K, 1) or, with weights, as (M, K, 2) for a sample.
    """
    values = with_shapes(values)
    for shape, count, at in _kinds(values, counts):
        if math.prod(shape[:2] if len(shape) == 3 else shape) != count * keypoints:
            raise LandmarkError(
                f'{describe(samples[at])}: keypoints_visible has shape {tuple(shape)}; expected '
                f'{(count, keypoints)}'
            )
    dims = {value.ndim for value in values}
    if len(dims) > 1:
        values = [(v[..., 0] if v.ndim == 3 else v).reshape(-1, keypoints) for v in values]
    joined = join_rows(values)
    return (joined[..., 0] if joined.ndim == 3 else joined).reshape(-1, keypoints)


def numbers(
    name: str, values: Sequence[Any], samples: Sequence[Sample], counts: Sequence[int]
) -> np.ndarray:
    """One number of each instance, (R,).

    Raises:
        LandmarkError: Not one for each instance, or no numbers.
    """
    values = with_shapes(values)
    for shape, count, at in _kinds(values, counts):
        if math.prod(shape) != count:
            raise LandmarkError(
                f'{describe(samples[at])}: {name!r} has {math.prod(shape)} values; expected '
                f'one for each of {count} instances'
            )
    if any(value.ndim != 1 for value in values):
        values = [value.reshape(-1) for value in values]
    joined = join_rows(values)
    if joined.dtype.kind == 'O':  # None is no number either
        try:
            return joined.astype(np.float64)
        except (TypeError, ValueError):
            raise LandmarkError(f'{describe(samples[0])}: {name!r} holds no numbers') from None
    return joined


def _kinds(values: Sequence[Any], counts: Sequence[int]) -> Iterator[tuple[Any, int, int]]:
    """The different shapes with their numbers of instances, and the first sample of each."""
    pairs = [(value.shape, count) for value, count in zip(values, counts, strict=True)]
    for shape, count in set(pairs):
        yield shape, count, pairs.index((shape, count))
