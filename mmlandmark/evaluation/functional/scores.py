"""The steps that every metric shares: select, supervise, measure, divide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional.distances import (
    check_points,
    keypoint_distances,
    refuse_non_finite,
)
from mmlandmark.evaluation.functional.summary import Supervision, keypoint_names, supervise

if TYPE_CHECKING:
    from mmlandmark.schemas import KeypointSchema


def normalized_distances(
    pred: np.ndarray,
    target: np.ndarray,
    visible: np.ndarray,
    normalizer: np.ndarray | float,
    *,
    normalizer_name: str,
    given: np.ndarray | None,
    schema: KeypointSchema | None,
    keypoints: str | Sequence[str] | None,
    ids: Sequence[int] | None,
    axes: Sequence[int] = (2,),
    unusable: Mapping[str, np.ndarray] | None = None,
) -> tuple[np.ndarray, Supervision]:
    """Distances over the normaliser, and what of them may count.

    ``axes`` are the numbers of coordinates that the points may have; ``unusable`` is that of
    `supervise`.

    Returns:
        (N, K) float64, NaN where the target is not labelled, the point not given or not asked
        for, or the normaliser not usable; and the `Supervision`.

    Raises:
        LandmarkError: Shapes that do not fit, or a prediction of a labelled point that is not
            finite, be its instance excluded or not.
    """
    target = check_points(target, 'target', axes)
    names = keypoint_names(schema, target.shape[1])
    lengths = np.asarray(normalizer, dtype=np.float64)
    lengths = np.broadcast_to(lengths if lengths.ndim == 0 else lengths.reshape(-1), len(target))
    supervision = supervise(
        visible,
        given,
        lengths,
        normalizer_name,
        select_keypoints(keypoints, schema, len(names)),
        unusable,
    )
    counted = supervision.labelled & supervision.given
    distances = keypoint_distances(pred, target, counted, names=names, ids=ids)
    # also in instances that are excluded: a model that gives NaN there is broken
    answered = (np.asarray(visible) > 0) & supervision.given & supervision.selected
    refuse_non_finite(check_points(pred, 'pred', axes), answered, 'prediction', names, ids)
    usable = np.where(lengths > 0, lengths, np.nan)
    distances /= usable[:, None]
    return distances, supervision


def hits(ratios: np.ndarray, threshold: float) -> np.ndarray:
    """True where ``ratios`` is under the threshold; a NaN (no distance) is no hit."""
    return np.where(np.isnan(ratios), np.inf, ratios) < threshold


def select_keypoints(
    keypoints: str | Sequence[str] | None, schema: KeypointSchema | None, count: int
) -> np.ndarray:
    """(K,) bool: the keypoints named, by their names or those of regions; None selects all."""
    selected = np.ones(count, dtype=bool)
    if keypoints is None:
        return selected
    if schema is None:
        raise LandmarkError(f'keypoints {keypoints!r} are named, but there is no schema to look in')
    selected[:] = False
    selected[schema.indices([keypoints] if isinstance(keypoints, str) else list(keypoints))] = True
    return selected
