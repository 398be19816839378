"""Average precision from detections that are matched or not."""

from __future__ import annotations

import numpy as np

from mmlandmark.errors import LandmarkError, nearest

INTERPOLATIONS = ('all', '101')


def average_precision(
    hits: np.ndarray, scores: np.ndarray, num_truths: int, interpolation: str = 'all'
) -> float:
    """The area under precision over recall, where precision is made to fall.

    Precision at a recall is the highest one at that recall or a higher one. Detections of equal
    score come in the best order: matched ones first.

    Args:
        hits: Scores of the detections that found their ground truth, rising, (H,).
        scores: Scores of all detections, rising, (P,); those below the lowest of ``hits`` may be
            left out.
        num_truths: How many there are to find.
        interpolation: ``all``: the whole area, as Pascal VOC does since 2010. ``101``: the mean
            precision at recalls 0, 0.01, ..., 1, as COCO does.

    Returns:
        0 to 1; NaN if there is no ground truth.

    Raises:
        LandmarkError: Unknown interpolation.
    """
    check_interpolation(interpolation)
    if num_truths == 0:
        return float('nan')
    if not len(hits):
        return 0.0
    found = np.arange(1, len(hits) + 1)
    falling = hits[::-1]
    # so many detections up to each match: those of higher scores, and matches of the same one
    higher = len(scores) - np.searchsorted(scores, falling, 'right')
    seen = higher + found - (len(hits) - np.searchsorted(hits, falling, 'right'))
    # precision has its peaks at matches, so others need not be looked at
    precision = np.maximum.accumulate((found / seen)[::-1])[::-1]
    if interpolation == 'all':
        return float(precision.sum() / num_truths)
    # in whole numbers: 0.07 x 100 is no whole number, and one match more or less would decide
    needed = -(-np.arange(101) * num_truths // 100)
    reached = needed[needed <= len(hits)]
    return float(precision[np.maximum(reached - 1, 0)].sum() / 101)


def count_tied(hits: np.ndarray, scores: np.ndarray) -> int:
    """Detections whose score both a matched and an unmatched one have.

    Their order decides the average precision. Arguments: see `average_precision`.
    """
    if not (scores[1:] == scores[:-1]).any():
        return 0
    first = np.flatnonzero(np.diff(hits, prepend=-np.inf) > 0)
    matched = np.diff(first, append=len(hits))
    value = hits[first]
    size = np.searchsorted(scores, value, 'right') - np.searchsorted(scores, value, 'left')
    return int(size[matched < size].sum())


def check_interpolation(interpolation: str) -> None:
    """LandmarkError if there is no such interpolation."""
    if interpolation not in INTERPOLATIONS:
        known, found = ', '.join(INTERPOLATIONS), nearest(interpolation, INTERPOLATIONS)
        raise LandmarkError(f'unknown interpolation {interpolation!r}{found}: expected {known}')
