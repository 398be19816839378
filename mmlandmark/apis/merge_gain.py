"""What a learned conversion makes of target points that it has not seen."""

from __future__ import annotations

import numpy as np
import torch

from mmlandmark.annotations.pairs import Pairs
from mmlandmark.models.converters import KeypointConverter
from mmlandmark.progress import track

FOLDS = 5
MIN_GROUPS = 2 * FOLDS


def cross_validated_points(pairs: Pairs, groups: np.ndarray, seed: int = 0) -> np.ndarray:
    """Return target points by the robust affine converter fitted on the other folds.

    All source points take part, so the conversion knows the pose; an offset in the picture is
    fitted as well.

    Args:
        pairs: The pairs.
        groups: (N,) numbers from 0; a group is in one fold.
        seed: Of the folds.

    Returns:
        (N, T, 2) pixels, NaN where a point is not given, or everywhere with too few groups.
    """
    points = np.full(pairs.target_points.shape, np.nan)
    count = int(groups.max(initial=-1)) + 1
    if count < MIN_GROUPS:
        return points
    fold = np.random.default_rng(seed).permutation(count)[groups] % FOLDS
    for number in track(range(FOLDS), 'folds'):
        converter = KeypointConverter(
            pairs.source_schema, pairs.target_schema, dict(type='affine'), image_offset=True
        )
        known, unseen = fold != number, fold == number
        converter.fit(
            *(
                torch.as_tensor(values[known])
                for values in (
                    pairs.source_points,
                    pairs.source_visible,
                    pairs.target_points,
                    pairs.target_visible,
                )
            )
        )
        # no fold supervises a point that the file never labels
        learned = torch.as_tensor((pairs.target_visible[known] > 0).any(axis=0)).numpy()
        result = converter.convert(pairs.source_points[unseen], pairs.source_visible[unseen])
        given = (result.visible > 0) & learned
        points[unseen] = np.where(given[..., None], result.points, np.nan)
    return points
