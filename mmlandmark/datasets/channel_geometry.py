"""Moving a sample of channel keypoints: the picture and its keypoints together."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmlandmark.geometry.affine import apply_affine, compose_affine, invert_affine

# Pixels that rounding may put a keypoint beyond the edge that it is on.
_ROUNDING = 1e-3


def move_sample(results: dict[str, Any], picture: np.ndarray, matrix: np.ndarray) -> dict[str, Any]:
    """Replace the picture of a sample and move its keypoints with it.

    A keypoint stays with its channel. One that is outside the new picture is dropped and counted
    in ``dropped_points``; both edges belong to the picture, 0 and the width, so that a keypoint on
    one of them survives a flip.

    Args:
        results: The sample, changed in place.
        picture: (h, w, 3), the new one.
        matrix: (2, 3) from coordinates of the old picture to those of the new one.

    Returns:
        The sample.
    """
    height, width = picture.shape[:2]
    size = np.array([width, height], dtype=np.float64)
    points = apply_affine(results['channel_points'].astype(np.float64), matrix)
    inside = ((points >= -_ROUNDING) & (points <= size + _ROUNDING)).all(axis=1)
    channels = results['channel_ids']
    dropped = np.bincount(channels[~inside], minlength=len(results['channel_names']))
    results['dropped_points'] = results['dropped_points'] + dropped
    results['channel_points'] = np.clip(points[inside], 0, size).astype(np.float32)
    results['channel_ids'] = channels[inside]
    results['channel_depths'] = results['channel_depths'][inside]
    results['to_picture'] = compose_affine(results['to_picture'], invert_affine(matrix))
    results['img'] = picture
    results['img_shape'] = (height, width)
    return results


def swap_channels(results: dict[str, Any]) -> dict[str, Any]:
    """Give the keypoints of a mirror image to the channels that swap, in place.

    Args:
        results: The sample; ``flip_channels`` has the pairs of names.
    """
    names = list(results['channel_names'])
    order = np.arange(len(names))
    for first, second in results['flip_channels']:
        a, b = names.index(first), names.index(second)
        order[[a, b]] = order[[b, a]]
    results['channel_ids'] = order[results['channel_ids']]
    return results
