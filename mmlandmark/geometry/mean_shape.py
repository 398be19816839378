"""The mean shape of labelled faces in their boxes: what a model must beat to have looked at all."""

from __future__ import annotations

import numpy as np

from mmlandmark.errors import LandmarkError


def mean_shape(points: np.ndarray, visible: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Return the mean place of every keypoint in its box.

    Args:
        points: (N, K, 2) pixels; what stands at unlabelled points has no influence.
        visible: (N, K), labelled where above zero.
        boxes: (N, 4) x1, y1, x2, y2 of positive area.

    Returns:
        (K, 2) float64 in shares of width and height of the box, (0, 0) its upper left corner.

    Raises:
        LandmarkError: A box without area, or a keypoint that is nowhere labelled.
    """
    points, boxes = np.asarray(points, dtype=np.float64), _checked(boxes)
    labelled = np.asarray(visible) > 0
    count = labelled.sum(axis=0)
    if not count.all():
        raise LandmarkError(
            f'keypoint {int(np.argmin(count))} is nowhere labelled; a mean shape needs every one'
        )
    places = (points - boxes[:, None, :2]) / (boxes[:, None, 2:] - boxes[:, None, :2])
    return np.where(labelled[..., None], places, 0.0).sum(axis=0) / count[:, None]


def place_shape(shape: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Return a shape (K, 2) of ``mean_shape`` in every box, (N, K, 2) pixels.

    Raises:
        LandmarkError: A box without area.
    """
    boxes = _checked(boxes)
    return boxes[:, None, :2] + shape * (boxes[:, None, 2:] - boxes[:, None, :2])


def _checked(boxes: np.ndarray) -> np.ndarray:
    boxes = np.asarray(boxes, dtype=np.float64)
    bad = ~(boxes[:, 2:] > boxes[:, :2]).all(axis=1)
    if bad.any():
        row = int(np.argmax(bad))
        raise LandmarkError(f'box {row} is {boxes[row].tolist()}; expected a positive area')
    return boxes
