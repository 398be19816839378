"""What points are measured from, and what depth may count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional.distances import as_points, refuse_non_finite

if TYPE_CHECKING:
    from mmlandmark.schemas import KeypointSchema

NO_DEPTH = 'no labelled depth'


def unlabelled_depth(target: np.ndarray) -> dict[str, np.ndarray]:
    """Reason -> points (N, K) whose depth is NaN, so that they are labelled in the plane only.

    Empty for points (N, K, 2).
    """
    return {NO_DEPTH: np.isnan(target[..., 2])} if target.shape[-1] == 3 else {}


def relative_to(
    root: str,
    pred: np.ndarray,
    target: np.ndarray,
    visible: np.ndarray,
    *,
    given: np.ndarray | None,
    schema: KeypointSchema | None,
    ids: Sequence[int] | None,
) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Points seen from a keypoint of their own: predictions from the predicted one.

    Args:
        root: Name of that keypoint.
        pred: Predicted points, (N, K, D).
        target: Labelled points, (N, K, D).
        visible: Non-zero where labelled, (N, K).
        given: Non-zero where the method gives the point, (N, K); None: everywhere.
        schema: Says which keypoint it is.
        ids: Annotation ids for messages, (N,).

    Returns:
        Both moved, and reason -> instances (N, 1) bool that have no such keypoint; those stay
        where they are.

    Raises:
        LandmarkError: No schema, a keypoint that it does not have, or one that is not finite.
    """
    if schema is None:
        raise LandmarkError(f'points relative to {root!r} need a schema that says which that is')
    pred, target = as_points(pred, 'pred', (2, 3)), as_points(target, 'target', (2, 3))
    column = schema.index(root)
    there = np.asarray(visible)[:, column] > 0
    for depthless in unlabelled_depth(target).values():
        there = there & ~depthless[:, column]
    told = np.ones_like(there) if given is None else np.asarray(given)[:, column] > 0
    asked = np.zeros(pred.shape[:2], dtype=bool)
    asked[:, column] = there & told
    for what, points in (('prediction', pred), ('target', target)):
        refuse_non_finite(points, asked, what, schema.keypoints, ids)
    use = (there & told)[:, None, None]
    moved = (points - np.where(use, points[:, [column]], 0.0) for points in (pred, target))
    reasons = {f'{root} is not labelled': ~there, f'method gives no {root}': there & ~told}
    return *moved, {reason: rows[:, None] for reason, rows in reasons.items()}
