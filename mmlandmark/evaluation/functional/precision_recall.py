"""Average precision from detections that are matched or not."""

from __future__ import annotations

import numpy as np

from mmlandmark.errors import LandmarkError, nearest

INTERPOLATIONS = ('all', '101')


def average_precision(
    scores: np.ndarray, matched: np.ndarray, num_truths: int, interpolation: str = 'all'
) -> float:
    """The area under precision over recall, where precision is made to fall.

    Precision at a recall is the highest one at that recall or a higher one. Detections of equal
    score come in the best order: matched ones first.

    Args:
        scores: Falling, (P,).
        matched: Whether each detection found its ground truth, (P,) bool.
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
    matched = np.asarray(matched, bool)
    hits = np.arange(1, matched.sum() + 1)
    if not len(hits):
        return 0.0
    start = _starts(scores)
    before = (np.cumsum(matched) - matched)[start[matched]]
    # so many detections up to each match: those of higher scores, and matches of the same one
    seen = start[matched] + hits - before
    # precision has its peaks at matches, so others need not be looked at
    precision = np.maximum.accumulate((hits / seen)[::-1])[::-1]
    if interpolation == 'all':
        return float(precision.sum() / num_truths)
    # in whole numbers: 0.07 x 100 is no whole number, and one match more or less would decide
    needed = -(-np.arange(101) * num_truths // 100)
    reached = needed[needed <= len(hits)]
    return float(precision[np.maximum(reached - 1, 0)].sum() / 101)


def count_tied(scores: np.ndarray, matched: np.ndarray) -> int:
    """Detections whose score both a matched and an unmatched one have.

    Their order decides the average precision. Arguments: see `average_precision`.
    """
    if not len(scores):
        return 0
    first = np.flatnonzero(_starts(scores) == np.arange(len(scores)))
    size = np.diff(first, append=len(scores))
    hits = np.add.reduceat(np.asarray(matched, np.int64), first)
    return int(size[(hits > 0) & (hits < size)].sum())


def check_interpolation(interpolation: str) -> None:
    """LandmarkError if there is no such interpolation."""
    if interpolation not in INTERPOLATIONS:
        known, found = ', '.join(INTERPOLATIONS), nearest(interpolation, INTERPOLATIONS)
        raise LandmarkError(f'unknown interpolation {interpolation!r}{found}: expected {known}')


def _starts(scores: np.ndarray) -> np.ndarray:
    """For each of the falling scores, where the first one of the same value stands, (P,)."""
    new = np.ones(len(scores), bool)
    new[1:] = scores[1:] != scores[:-1]
    return np.maximum.accumulate(np.where(new, np.arange(len(scores)), 0))
