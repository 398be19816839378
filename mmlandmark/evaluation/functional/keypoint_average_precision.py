"""Average precision of keypoints of which a picture has any number, by distance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.evaluation.functional.keypoint_ap_result import UNITS, KeypointAPResult
from mmlandmark.evaluation.functional.keypoint_matching import (
    ChannelPoints,
    find_candidates,
    match_first,
    match_nearest,
)
from mmlandmark.evaluation.functional.precision_recall import (
    average_precision,
    check_interpolation,
    count_tied,
)

MATCHINGS = {'nearest': match_nearest, 'first': match_first}


def keypoint_average_precision(
    detections: ChannelPoints,
    scores: np.ndarray,
    truths: ChannelPoints,
    channels: Sequence[str],
    thresholds: Sequence[float] = (2.0, 4.0),
    *,
    sizes: np.ndarray,
    unit: str = 'pixel',
    matching: str = 'nearest',
    interpolation: str = 'all',
) -> KeypointAPResult:
    """Measure detections against the ground truth, each channel and each threshold apart.

    Detections go by falling score, and each takes a free ground truth of its picture and channel
    whose distance does not exceed the threshold: the nearest one (see `match_nearest`, also for
    ties), or the first one as they are listed. See `average_precision` for the rest.

    Args:
        detections: P points.
        scores: Of the detections, (P,).
        truths: The ground truth, M points; a picture without any counts as well.
        channels: Names, in the order of the indices.
        thresholds: One or several, see ``unit``.
        sizes: Width and height of every picture, (N, 2), pixels.
        unit: ``pixel``, or ``diagonal``: thresholds are shares of the picture's diagonal.
        matching: ``nearest`` or ``first``.
        interpolation: ``all`` or ``101``; see `average_precision`.

    Raises:
        LandmarkError: An argument is unknown or does not fit, or a number is not finite.
    """
    thresholds = check_settings(thresholds, unit, matching)
    check_interpolation(interpolation)
    sizes = np.asarray(sizes, dtype=np.float64).reshape(-1, 2)
    scores = np.asarray(scores)
    _check_points(detections, truths, scores, channels, len(sizes))
    scale = np.hypot(sizes[:, 0], sizes[:, 1]) if unit == 'diagonal' else np.ones(len(sizes))
    scale = scale[detections.images]
    pairs = find_candidates(detections, scores, truths, max(thresholds) * scale, len(channels))
    pairs, near = pairs.by_score()
    num_truths = np.bincount(truths.channels, minlength=len(channels))
    hits = [
        near[MATCHINGS[matching](pairs.within(limit * scale[near]), len(near), len(truths))]
        for limit in thresholds
    ]
    shape = len(channels), len(thresholds)
    ap, matched, tied = np.zeros(shape), np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    for c in range(len(channels)):
        found = [np.sort(scores[hit[detections.channels[hit] == c]]) for hit in hits]
        # what scores lower than every match changes nothing, and need not be sorted
        lowest = min((one[0] for one in found if len(one)), default=np.inf)
        rising = np.sort(scores[(detections.channels == c) & (scores >= lowest)])
        for t, one in enumerate(found):
            ap[c, t] = average_precision(one, rising, int(num_truths[c]), interpolation)
            matched[c, t], tied[c, t] = len(one), count_tied(one, rising)
    return KeypointAPResult(
        channels=tuple(channels),
        thresholds=thresholds,
        unit=unit,
        ap=ap,
        matched=matched,
        tied=tied,
        num_detections=np.bincount(detections.channels, minlength=len(channels)),
        num_truths=num_truths,
        num_images=len(sizes),
        matching=matching,
        interpolation=interpolation,
    )


def check_settings(
    thresholds: float | Sequence[float], unit: str, matching: str
) -> tuple[float, ...]:
    """The thresholds as a tuple; LandmarkError if they or a name cannot be used."""
    if unit not in UNITS:
        known = ', '.join(UNITS)
        raise LandmarkError(f'unknown unit {unit!r}{nearest(unit, UNITS)}: expected {known}')
    if matching not in MATCHINGS:
        known = ', '.join(MATCHINGS)
        found = nearest(matching, MATCHINGS)
        raise LandmarkError(f'unknown matching {matching!r}{found}: expected {known}')
    given = np.atleast_1d(np.asarray(thresholds, dtype=np.float64))
    if given.ndim != 1 or not len(given) or not (np.isfinite(given) & (given > 0)).all():
        raise LandmarkError(f'thresholds are {thresholds!r}: expected positive distances')
    if len(np.unique(given)) < len(given):
        raise LandmarkError(f'thresholds are {thresholds!r}: one stands there twice')
    return tuple(given.tolist())


def _check_points(
    detections: ChannelPoints,
    truths: ChannelPoints,
    scores: np.ndarray,
    channels: Sequence[str],
    num_images: int,
) -> None:
    if scores.shape != (len(detections),) or np.isnan(scores).any():
        raise LandmarkError(
            f'scores {scores.shape} of {len(detections)} detections: expected a number for each'
        )
    for what, one in (('detection', detections), ('ground truth', truths)):
        finite = np.isfinite(one.points)
        if not finite.all():
            at = int(np.flatnonzero(~finite.all(axis=1))[0])
            channel, image = channels[one.channels[at]], one.images[at]
            raise LandmarkError(
                f'image {image}, channel {channel}: a {what} at {one.points[at].tolist()}; '
                'expected finite pixels'
            )
        for name, values, end in (
            ('channel', one.channels, len(channels)),
            ('image', one.images, num_images),
        ):
            if len(values) and not (values.min() >= 0 and values.max() < end):
                raise LandmarkError(
                    f'a {what} has {name} {values.min()} or {values.max()}: expected 0 to {end - 1}'
                )
