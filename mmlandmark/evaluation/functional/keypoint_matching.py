"""Which detected keypoints find a ground truth within a distance, for whole data sets at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmlandmark.evaluation.functional.tied_matching import assign_tied

SLACK = 1e-5
"""Pixels by which a distance may exceed its limit, so that rounding does not decide."""
_RESOLUTION = 2**20
"""Parts of a square pixel: squared distances that agree so far are equal."""
_PAIRS_AT_ONCE = 16_000
"""Arrays of so many numbers stay in the cache, and are not asked of the system each time."""


@dataclass(frozen=True)
class ChannelPoints:
    """Points of many images and channels.

    Attributes:
        points: x and y in pixels, (N, 2).
        channels: Index of the channel, (N,).
        images: Index of the image, (N,).
    """

    points: np.ndarray
    channels: np.ndarray
    images: np.ndarray

    def __len__(self) -> int:
        return len(self.points)

    def groups(self, num_channels: int) -> np.ndarray:
        """One number for each channel of each image, (N,)."""
        return self.images.astype(np.int64) * num_channels + self.channels


@dataclass(frozen=True)
class Candidates:
    """Pairs of a detection and a ground truth of the same image and channel, in reach.

    Attributes:
        detection: Position of the detection, (K,), rising.
        truth: Position of the ground truth, (K,).
        distance: Pixels, (K,).
        score: Of the detection, (K,).
    """

    detection: np.ndarray
    truth: np.ndarray
    distance: np.ndarray
    score: np.ndarray

    def take(self, chosen: np.ndarray) -> Candidates:
        """Those of a mask or of a list of positions, in its order."""
        return Candidates(
            self.detection[chosen], self.truth[chosen], self.distance[chosen], self.score[chosen]
        )

    def by_score(self) -> tuple[Candidates, np.ndarray]:
        """The pairs with detections numbered by falling score, equal ones as they are listed.

        Returns:
            Pairs in the order of these numbers, for each detection by rising distance, and the
            position of each numbered detection.
        """
        new = np.diff(self.detection, prepend=-1) > 0
        position, number = self.detection[new], np.cumsum(new) - 1
        order = np.argsort(-self.score[new], kind='stable')
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        pairs = Candidates(rank[number], self.truth, self.distance, self.score)
        # one key is sorted in a third of the time of two
        key = pairs.detection + pairs.distance / (2 * pairs.distance.max(initial=1.0))
        return pairs.take(np.argsort(key, kind='stable')), position[order]

    def within(self, limits: np.ndarray) -> Candidates:
        """Those whose distance does not exceed the limit of their detection's image.

        Args:
            limits: Pixels for each detection, (P,).
        """
        return self.take(self.distance <= limits[self.detection] + SLACK)


def find_candidates(
    detections: ChannelPoints,
    scores: np.ndarray,
    truths: ChannelPoints,
    limits: np.ndarray,
    num_channels: int,
) -> Candidates:
    """List all pairs within the limits.

    Args:
        detections: P points.
        scores: Of the detections, (P,).
        truths: The ground truth; M points.
        limits: Largest distance for each detection, (P,), pixels.
        num_channels: How many channels there are.
    """
    group = truths.groups(num_channels)
    order = np.argsort(group, kind='stable')
    sorted_truths = np.ascontiguousarray(truths.points[order].T, np.float64)
    wanted = detections.groups(num_channels)
    size = np.bincount(group, minlength=int(wanted.max(initial=-1)) + 1)
    first, count = (np.cumsum(size) - size)[wanted], size[wanted]
    ends = np.cumsum(count)
    shift = first - ends + count
    found, farthest = np.ascontiguousarray(detections.points.T, np.float64), (limits + SLACK) ** 2
    parts = []
    start = 0
    while start < len(detections):
        done = ends[start] - count[start]
        # as many detections as have few enough pairs together, and one at the least
        stop = max(int(np.searchsorted(ends, done + _PAIRS_AT_ONCE, 'right')), start + 1)
        row = np.repeat(np.arange(start, stop), count[start:stop])
        truth = np.arange(len(row)) + (shift[row] + done)
        square = np.zeros(len(row))
        for theirs, ours in zip(sorted_truths, found, strict=True):
            square += (ours[row] - theirs[truth]) ** 2
        near = np.flatnonzero(square <= farthest[row])
        detection = row[near]
        parts.append((detection, order[truth[near]], np.sqrt(square[near])))
        start = stop
    if not parts:
        parts.append((np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)))
    detection, truth, distance = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Candidates(detection, truth, distance, scores[detection])


def match_first(pairs: Candidates, num_detections: int, num_truths: int) -> np.ndarray:
    """Each detection, by falling score, takes the first free ground truth as they are listed.

    Args:
        pairs: As `Candidates.by_score` gives them, or some of them in this order.
        num_detections: That are numbered, P.
        num_truths: Points of the ground truth.

    Returns:
        Whether each detection is matched, (P,) bool.
    """
    pairs = pairs.take(np.lexsort((pairs.truth, pairs.detection)))
    return _match_in_order(pairs, num_detections, num_truths)


def match_nearest(pairs: Candidates, num_detections: int, num_truths: int) -> np.ndarray:
    """Each detection, by falling score, takes the nearest free ground truth.

    Where distances or scores are equal, of all ways to do so the best one counts: among the
    detections of the highest score as many matches as can be and then the least sum of squared
    distances; then, without giving that up, among those of the next score; and so on. So the
    result depends on the order of neither the detections nor the ground truth.

    Arguments are those of `match_first`.

    Returns:
        Whether each detection is matched, (P,) bool.
    """
    square = np.rint(pairs.distance**2 * _RESOLUTION).astype(np.int64)
    tied = _tied_parts(pairs, square, num_detections, num_truths)
    if tied is None:
        return _match_in_order(pairs, num_detections, num_truths)
    matched = _match_in_order(pairs.take(tied < 0), num_detections, num_truths)
    order = np.argsort(tied, kind='stable')
    starts = np.flatnonzero(np.diff(tied[order], prepend=-1))
    for part in np.split(order, starts)[1:]:
        one = pairs.take(part)
        matched[assign_tied(one.detection, one.truth, square[part], one.score)] = True
    return matched


def _match_in_order(pairs: Candidates, num_detections: int, num_truths: int) -> np.ndarray:
    """Match one detection after the other, as many at once as cannot disturb each other.

    A detection may take the first of its free ground truths as soon as no earlier detection that
    is still open has that one in reach: then nobody before it can take it. So each round settles
    at least the first open detection of every crowd.

    Args:
        pairs: By rising detection, and for each detection by falling preference.
    """
    detection, truth = pairs.detection, pairs.truth
    matched = np.zeros(num_detections, bool)
    taken = np.zeros(num_truths, bool)
    earliest = np.empty(num_truths, np.int64)
    while len(detection):
        # of several values for one place numpy keeps the last
        earliest[truth[::-1]] = detection[::-1]
        preferred = np.diff(detection, prepend=-1) > 0
        settled = preferred & (earliest[truth] == detection)
        matched[detection[settled]] = True
        taken[truth[settled]] = True
        still = ~matched[detection] & ~taken[truth]
        detection, truth = detection[still], truth[still]
    return matched


def _tied_parts(
    pairs: Candidates, square: np.ndarray, num_detections: int, num_truths: int
) -> np.ndarray | None:
    """The crowd of each pair where a tie could decide in it, else -1, (K,); None without ties.

    A tie is a detection with two ground truths at the same distance, or two detections of the same
    score that have the same ground truth in reach. Pairs that touch are one crowd.
    """
    another = np.diff(pairs.detection) > 0
    decided = np.concatenate(
        [np.flatnonzero(~another & (np.diff(square) == 0)), _rivals(pairs, another)]
    )
    if not len(decided):
        return None
    label = _components(pairs.detection, pairs.truth + num_detections, num_detections + num_truths)
    crowd = label[pairs.detection]
    return np.where(np.isin(crowd, crowd[decided]), crowd, -1)


def _rivals(pairs: Candidates, another: np.ndarray) -> np.ndarray:
    """Positions of pairs whose ground truth another detection of the same score has in reach."""
    changes = np.diff(pairs.score) != 0
    level = np.concatenate([[0], np.cumsum(changes)])[: len(pairs.score)]
    shared = np.flatnonzero(np.isin(level, level[1:][another & ~changes]))
    truth, level = pairs.truth[shared], level[shared]
    order = np.lexsort((level, truth))
    return shared[order[1:][(np.diff(truth[order]) == 0) & (np.diff(level[order]) == 0)]]


def _components(first: np.ndarray, second: np.ndarray, count: int) -> np.ndarray:
    """The smallest node that each of ``count`` nodes is connected with, (count,)."""
    label = np.arange(count)
    while True:
        one, other = label[first], label[second]
        if np.array_equal(one, other):
            return label
        lower = np.minimum(one, other)
        np.minimum.at(label, one, lower)
        np.minimum.at(label, other, lower)
        while not np.array_equal(label, label[label]):
            label = label[label]
