"""Average precision of channel keypoints: the toy table, cases by hand, a slow reference."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional import ChannelPoints, keypoint_average_precision
from mmlandmark.evaluation.functional import keypoint_matching as matching_module

# scores and verdicts of the toy table of rafaelpadilla/Object-Detection-Metrics, 15 ground truths
TOY = '95+95-91+88-84-80-78-74-71-70+67-62+54+48+45-45-44-44-43-38-35-23-18+14-'
TOY = [TOY[i : i + 3] for i in range(0, len(TOY), 3)]


def points_of(rows) -> ChannelPoints:
    """Points from rows of image, channel, x, y."""
    table = np.array([row[:4] for row in rows], np.float64).reshape(-1, 4)
    return ChannelPoints(table[:, 2:], table[:, 1].astype(int), table[:, 0].astype(int))


def measure(detections, truths, thresholds=(2.0,), channels=('corner', 'flap'), **options):
    """Average precision of rows of image, channel, x, y (and score)."""
    sizes = options.pop('sizes', np.full((10, 2), 100))
    scores = np.array([row[4] for row in detections])
    return keypoint_average_precision(
        points_of(detections),
        scores,
        points_of(truths),
        channels,
        thresholds,
        sizes=sizes,
        **options,
    )


def toy(order=None):
    """The toy table as points of seven images, one ground truth for each match."""
    detections, truths = [], []
    for number, entry in enumerate(TOY):
        place = number % 7, 0, 10.0 * number, 5.0
        detections.append((*place, int(entry[:-1]) / 100))
        if entry.endswith('+'):
            truths.append((*place[:3], 6.5))
    truths += [(k % 7, 0, 500.0 + 9 * k, 50.0) for k in range(15 - len(truths))]
    return [detections[i] for i in order or range(len(detections))], truths


def test_the_toy_table() -> None:
    result = measure(*toy())
    assert (result.num_detections[0], result.num_truths[0], result.matched[0, 0]) == (24, 15, 7)
    assert int(10_000 * result.ap[0, 0]) == 2456
    assert abs(float(result.ap[0, 0]) - 0.24568668046928915) < 1e-12
    assert result.tied[0, 0] == 2
    # tied scores: no order of the images changes anything
    for seed in range(5):
        order = np.random.default_rng(seed).permutation(24).tolist()
        assert measure(*toy(order)).ap[0, 0] == result.ap[0, 0]


def test_by_hand() -> None:
    truths = [(0, 0, 10, 10), (0, 0, 20, 10), (1, 0, 10, 10), (1, 1, 50, 50)]
    detections = [
        (0, 0, 11, 10, 0.9),  # matched at both thresholds
        (1, 1, 80, 80, 0.85),
        (0, 0, 10, 11, 0.8),  # the nearest one is taken, the other too far
        (1, 0, 13, 10, 0.7),  # 3 px
        (2, 0, 10, 10, 0.6),  # an image without ground truth
    ]
    result = measure(detections, truths, (2.0, 4.0))
    # at 2 px: precision 1 at recall 1/3; at 4 px: 1 at 1/3, then 2 of 3 at 2/3
    np.testing.assert_allclose(result.ap, [[1 / 3, 1 / 3 + 2 / 9], [0, 0]])
    np.testing.assert_allclose(result.per_threshold, [1 / 6, 5 / 18])
    assert result.mean == pytest.approx(2 / 9) and result.labels == ('2px', '4px')
    assert result.num_truths.tolist() == [3, 1] and result.num_detections.tolist() == [4, 1]
    # 101 points: recalls 0 to 0.33 have precision 1, 0.34 to 0.66 have 2/3
    at = measure(detections, truths, (2.0, 4.0), interpolation='101').ap
    np.testing.assert_allclose(at[0], [34 / 101, (34 + 33 * 2 / 3) / 101])


def test_a_channel_without_ground_truth_is_excluded_and_listed() -> None:
    result = measure([(0, 0, 1, 1, 0.5), (0, 1, 1, 1, 0.5)], [(0, 0, 1, 1)], (1.0, 3.0))
    assert result.excluded == ('flap',) and np.isnan(result.ap[1]).all()
    assert result.mean == 1.0 and result.num_detections[1] == 1
    assert 'excluded, no ground truth: flap' in result.render()
    written = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert written['channels']['flap']['AP'] == {'1px': None, '3px': None}
    assert written['excluded_channels'] == ['flap'] and written['mAP'] == 1.0
    nothing = measure([], [])
    assert nothing.excluded == ('corner', 'flap') and np.isnan(nothing.mean)
    missed = measure([], [(0, 0, 1, 1)])
    assert missed.ap[0, 0] == 0 and missed.mean == 0


def test_shares_of_the_diagonal() -> None:
    sizes = [[30, 40], [300, 400]]
    truths = [(0, 0, 10, 10), (1, 0, 10, 10)]
    detections = [(0, 0, 10, 14, 0.9), (1, 0, 10, 14, 0.8)]
    result = measure(detections, truths, (0.05, 0.08), sizes=sizes, unit='diagonal')
    # 4 px are 0.08 of 50 and 0.008 of 500
    assert result.matched[0].tolist() == [1, 2] and result.labels == ('0.05diag', '0.08diag')


def test_the_nearest_or_the_first() -> None:
    # the first detection has both in reach, the second one only the one that is listed first
    truths = [(0, 0, 10, 10), (0, 0, 13, 10)]
    detections = [(0, 0, 12.5, 10, 0.9), (0, 0, 9, 10, 0.8)]
    assert measure(detections, truths, (3.0,)).matched[0, 0] == 2
    assert measure(detections, truths, (3.0,), matching='first').matched[0, 0] == 1
    assert measure(detections, truths[::-1], (3.0,), matching='first').matched[0, 0] == 2


def test_ties_take_the_best_way() -> None:
    # equal distances: the first takes the one that the second cannot reach
    truths = [(0, 0, 10, 10), (0, 0, 14, 10)]
    for listed in (truths, truths[::-1]):
        for near in (9, 15):
            detections = [(0, 0, 12, 10, 0.9), (0, 0, near, 10, 0.8)]
            assert measure(detections, listed, (2.0,)).matched[0, 0] == 2
    # equal scores: as many matches as can be, in any order
    detections = [(0, 0, 11.9, 10, 0.9), (0, 0, 13.5, 10, 0.9)]
    for order in itertools.permutations(detections):
        assert measure(order, [(0, 0, 13, 10), (0, 0, 16, 10)], (3.0,)).matched[0, 0] == 2
    # but no lower score takes anything from a higher one
    detections = [(0, 0, 12.9, 10, 0.9), (0, 0, 11, 10, 0.8)]
    assert measure(detections, [(0, 0, 13, 10), (0, 0, 16, 10)], (4.0,)).matched[0, 0] == 1


def slow_ap(detections, truths, channel, limit, interpolation) -> float:
    """One image, one detection, one way to match after the other."""
    verdicts = []
    for image in {row[0] for row in detections if row[1] == channel}:
        mine = [row for row in detections if row[:2] == (image, channel)]
        there = [row[2:4] for row in truths if row[:2] == (image, channel)]
        verdicts += slow_match(mine, there, limit)
    count = sum(row[1] == channel for row in truths)
    if not count:
        return float('nan')
    verdicts.sort(key=lambda verdict: (-verdict[0], not verdict[1]))
    curve, hits = [], 0
    for seen, (_, hit) in enumerate(verdicts, 1):
        hits += hit
        curve.append((hits / count, hits / seen))

    def best(recall: float) -> float:
        return max((p for r, p in curve if r >= recall - 1e-9), default=0.0)

    if interpolation == '101':
        return sum(best(i / 100) for i in range(101)) / 101
    return sum(best(k / count) / count for k in range(1, hits + 1))


def slow_match(detections, truths, limit) -> list[tuple[float, bool]]:
    """Try all ways to match, and return the verdicts of the best."""
    levels = sorted({row[4] for row in detections}, reverse=True)
    best = None
    choices = [
        [None]
        + [j for j, t in enumerate(truths) if np.hypot(row[2] - t[0], row[3] - t[1]) <= limit]
        for row in detections
    ]
    for way in itertools.product(*choices):
        used = [j for j in way if j is not None]
        if len(set(used)) < len(used):
            continue
        aims = []
        for level in levels:
            pairs = [
                (row, truths[j])
                for row, j in zip(detections, way, strict=True)
                if row[4] == level and j is not None
            ]
            cost = sum((row[2] - t[0]) ** 2 + (row[3] - t[1]) ** 2 for row, t in pairs)
            aims += [-len(pairs), cost]
        if best is None or aims < best[0]:
            best = aims, [j is not None for j in way]
    return [(row[4], hit) for row, hit in zip(detections, best[1], strict=True)]


@st.composite
def crowded(draw):
    """A few images of small whole coordinates and few scores: full of ties."""
    place = st.integers(0, 4)
    spot = st.tuples(st.integers(0, 1), st.integers(0, 1), place, place)
    detections = draw(st.lists(st.tuples(spot, st.integers(1, 3)), max_size=9))
    truths = draw(st.lists(spot, max_size=7))
    return [(*row, score / 4) for row, score in detections], truths


@settings(max_examples=60, deadline=None)
@given(crowded(), st.sampled_from(['all', '101']), st.randoms())
def test_against_the_slow_reference(rows, interpolation, random) -> None:
    detections, truths = rows
    result = measure(detections, truths, (1.0, 2.5), interpolation=interpolation)
    for channel, threshold in itertools.product(range(2), range(2)):
        limit = (1.0, 2.5)[threshold]
        expected = slow_ap(detections, truths, channel, limit, interpolation)
        np.testing.assert_allclose(result.ap[channel, threshold], expected, atol=1e-12)
    # neither the order of the detections nor that of the ground truth matters
    random.shuffle(detections)
    random.shuffle(truths)
    again = measure(detections, truths, (1.0, 2.5), interpolation=interpolation)
    np.testing.assert_array_equal(again.ap, result.ap)
    np.testing.assert_array_equal(again.matched, result.matched)


def published_match(detections, truths, limit) -> int:
    """The greedy rule: by falling score, the first free ground truth in reach."""
    free, hits = list(truths), 0
    for row in sorted(detections, key=lambda row: -row[4]):
        found = next((t for t in free if np.hypot(row[2] - t[2], row[3] - t[3]) <= limit), None)
        if found is not None:
            free.remove(found)
            hits += 1
    return hits


def test_many_points_at_once_in_small_portions(monkeypatch) -> None:
    """Without ties: the plain greedy rules, whatever the portions that pairs come in."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 6, (2, 200))
    detections = [(i, 0, *rng.uniform(0, 25, 2), rng.random()) for i in images[0]]
    truths = [(i, 0, *rng.uniform(0, 25, 2)) for i in images[1][:90]]
    whole = {m: measure(detections, truths, (3.0,), matching=m) for m in ('first', 'nearest')}
    monkeypatch.setattr(matching_module, '_PAIRS_AT_ONCE', 50)
    for matching, result in whole.items():
        again = measure(detections, truths, (3.0,), matching=matching)
        np.testing.assert_array_equal(again.ap, result.ap)
        hits = 0
        for image in range(6):
            mine = [row for row in detections if row[0] == image]
            there = [row for row in truths if row[0] == image]
            hits += PLAIN[matching](mine, there, 3.0)
        assert result.matched[0, 0] == hits > 30
    assert whole['first'].ap[0, 0] != whole['nearest'].ap[0, 0]


def nearest_match(detections, truths, limit) -> int:
    """By falling score, the nearest free ground truth in reach."""
    free, hits = list(truths), 0
    for row in sorted(detections, key=lambda row: -row[4]):
        reach = [(np.hypot(row[2] - t[2], row[3] - t[3]), t) for t in free]
        reach = [pair for pair in reach if pair[0] <= limit]
        if reach:
            free.remove(min(reach)[1])
            hits += 1
    return hits


PLAIN = {'first': published_match, 'nearest': nearest_match}


def test_a_large_crowd_of_ties_is_settled_soon() -> None:
    """A saturated map: all scores are the same, and a threshold spans all of the picture."""
    rng = np.random.default_rng(1)
    detections = [(0, 0, *rng.uniform(0, 40, 2), 1.0) for _ in range(20)]
    truths = [(0, 0, *rng.uniform(0, 40, 2)) for _ in range(12)]
    assert measure(detections, truths, (100.0,)).matched[0, 0] == 12


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        ({'thresholds': ()}, 'positive distances'),
        ({'thresholds': (2, -1)}, 'positive distances'),
        ({'thresholds': (2, 2.0)}, 'twice'),
        ({'unit': 'diagonals'}, "did you mean 'diagonal'"),
        ({'matching': 'nearst'}, "did you mean 'nearest'"),
        ({'interpolation': '11'}, 'expected all, 101'),
    ],
)
def test_settings_that_cannot_be_used(change, message) -> None:
    with pytest.raises(LandmarkError, match=message):
        measure(*toy(), **change)


def test_numbers_that_cannot_be_used() -> None:
    with pytest.raises(LandmarkError, match=r'image 1, channel flap: a detection at \[nan, 3'):
        measure([(1, 1, np.nan, 3, 0.5)], [])
    with pytest.raises(LandmarkError, match='a ground truth at'):
        measure([], [(1, 1, np.inf, 3)])
    with pytest.raises(LandmarkError, match='a number for each'):
        measure([(0, 0, 1, 1, np.nan)], [])
    with pytest.raises(LandmarkError, match='a ground truth has channel 2 or 2'):
        measure([], [(0, 2, 1, 1)])
    with pytest.raises(LandmarkError, match='a detection has image 10'):
        measure([(10, 0, 1, 1, 0.5)], [])
