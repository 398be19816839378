"""Do the two sides of a set of pairs show the same instances, point for point.

Points that both schemas give, by a shipped mapping or by equal names, must lie near each other. All
distances are medians over the pairs, in units of the source's extent (the diagonal of its labelled
points' box). Over all points such a median is about 0.03 on sound data; exchanged axes, other
instances or another image size give more than 0.1.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from mmlandmark.errors import LandmarkError
from mmlandmark.geometry.boxes import boxes_from_points
from mmlandmark.schemas import KeypointSchema, Mapping, find_mapping

if TYPE_CHECKING:
    from mmlandmark.annotations.pairs import Pairs

MAX_PAIRS = 2000  # enough for a median
FEW = 20  # pairs; with fewer, one wrong label makes a wrong median of a point
FAR = 0.1  # over all points: nothing matches
FAR_OF_FEW = 0.25
FAR_CENTRE = 0.5  # where the schemas share no point and only the centres can be compared
NOTICEABLE = 0.03  # of a point: below this its mirror partner cannot be told from it
MUCH_NEARER = 0.5
MISPLACED = 0.08  # of a point that lies at another source point
AT_OTHER = 1 / 3  # neighbours may well lie close, so more is asked than of a mirror partner
SHOWN = 6


def check_agreement(pairs: Pairs) -> None:
    """Refuse pairs whose sides do not match.

    Raises:
        LandmarkError: The message names the points that look swapped, or says that all points lie
            apart and what may have happened.
    """
    problem = disagreement(pairs)
    if problem is not None:
        raise LandmarkError(
            f'{pairs.name}: the source {pairs.source_schema.name!r} and the target '
            f'{pairs.target_schema.name!r} do not match: {problem}; nothing was read, use force '
            'to accept the pairs as they are'
        )


def disagreement(pairs: Pairs) -> str | None:
    """Say how the two sides of pairs contradict each other, or None where they agree."""
    chosen = np.unique(np.linspace(0, len(pairs) - 1, min(len(pairs), MAX_PAIRS)).astype(np.int64))
    pairs = pairs.select(chosen)
    corners = boxes_from_points(pairs.source_points, pairs.source_visible)
    extent = np.hypot(*(corners[:, 2:] - corners[:, :2]).T)
    if not (extent > 0).any():
        return None
    mapping = _shared(pairs.source_schema, pairs.target_schema)
    if mapping is None:
        return _all_apart(*_centres(pairs, extent), FAR_CENTRE)
    expected, found = _common_points(pairs, mapping, extent)
    return (
        _moved(expected, found)
        or _swapped(expected, found, pairs.target_schema)
        or _all_apart(expected, found, FAR if len(expected) >= FEW else FAR_OF_FEW)
        or _misplaced(pairs, expected, found, extent)
    )


def _shared(source: KeypointSchema, target: KeypointSchema) -> Mapping | None:
    shipped = find_mapping(source, target)
    if shipped is not None or not set(source.keypoints) & set(target.keypoints):
        return shipped
    return Mapping.between(source, target)


def _common_points(
    pairs: Pairs, mapping: Mapping, extent: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Where the targets should be and where they are, (N, T, 2) in extents, NaN where unknown."""
    expected, given = mapping.apply(pairs.source_points, pairs.source_visible)
    return (
        _in_extents(expected, given, extent),
        _in_extents(pairs.target_points, pairs.target_visible, extent),
    )


def _centres(pairs: Pairs, extent: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    centres = []
    for points, visible in (
        (pairs.source_points, pairs.source_visible),
        (pairs.target_points, pairs.target_visible),
    ):
        corners = boxes_from_points(points, visible)
        middle = (corners[:, None, :2] + corners[:, None, 2:]) / 2
        centres.append(_in_extents(middle, np.ones(middle.shape[:2]), extent))
    return centres[0], centres[1]


def _in_extents(points: np.ndarray, visible: np.ndarray, extent: np.ndarray) -> np.ndarray:
    known = (visible > 0) & (extent > 0)[:, None]
    scale = np.where(extent > 0, extent, 1)[:, None, None]
    return np.where(known[..., None], points / scale, np.nan)


def _moved(expected: np.ndarray, found: np.ndarray) -> str | None:
    """Axes exchanged, or coordinates of another image size: one change mends all points."""
    distance = _median(_distances(expected, found))
    mended = min(FAR, distance * MUCH_NEARER)
    if distance <= FAR:
        return None
    if _median(_distances(expected, found[..., ::-1])) < mended:
        return f'{_say(distance)}, x and y of one side look exchanged'
    with np.errstate(invalid='ignore', divide='ignore'):
        scale = _median(np.abs(expected) / np.abs(found))
    if scale > 0 and _median(_distances(expected, found * scale)) < mended:
        size = f'{1 / scale:.2f} times as large'
        return f'{_say(distance)}, the target looks as if its image were {size}'
    return None


def _swapped(expected: np.ndarray, found: np.ndarray, schema: KeypointSchema) -> str | None:
    names, partner = schema.keypoints, schema.flip_indices
    own, mirrored = _point_medians(expected, found), _point_medians(expected, found[:, partner])
    wrong = np.flatnonzero((own > NOTICEABLE) & (mirrored < MUCH_NEARER * own))
    paired = int((np.isfinite(mirrored) & (partner != np.arange(len(names)))).sum())
    if len(wrong) == 0 or (len(expected) < FEW and len(wrong) < paired / 2):
        return None
    both = [i for i in wrong if partner[i] in wrong and i < partner[i]]
    alone = [i for i in wrong if partner[i] not in wrong]
    said = [f'{names[i]} and {names[partner[i]]} look swapped' for i in both]
    return _listed(said + [f'{names[i]} lies where {names[partner[i]]} should' for i in alone])


def _all_apart(expected: np.ndarray, found: np.ndarray, far: float) -> str | None:
    distance = _median(_distances(expected, found))
    # Faces in crops of one size resemble each other, so compare with a deliberately wrong pairing.
    shuffled = _median(_distances(expected, np.roll(found, 1, axis=0)))
    strangers = distance > NOTICEABLE and distance > MUCH_NEARER * shuffled
    if distance > far or (strangers and len(expected) >= FEW):
        return f'{_say(distance)}, the two sides look like different instances'
    return None


def _misplaced(
    pairs: Pairs, expected: np.ndarray, found: np.ndarray, extent: np.ndarray
) -> str | None:
    if len(pairs) < FEW:
        return None
    own = _point_medians(expected, found)
    sources = _in_extents(pairs.source_points, pairs.source_visible, extent)
    said = []
    for index in np.flatnonzero(own > MISPLACED):
        others = _point_medians(sources, found[:, index : index + 1])
        best = int(np.argmin(np.where(np.isnan(others), np.inf, others)))
        if others[best] < AT_OTHER * own[index]:
            name = pairs.target_schema.keypoints[index]
            said.append(f'{name} lies at the source {pairs.source_schema.keypoints[best]}')
    return _listed(said) if said else None


def _say(distance: float) -> str:
    return f'their common points lie {distance:.2f} of the size of an instance apart'


def _listed(said: list[str]) -> str:
    more = f' and {len(said) - SHOWN} more' if len(said) > SHOWN else ''
    return ', '.join(said[:SHOWN]) + more


def _distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.hypot(*np.moveaxis(a - b, -1, 0))


def _median(values: np.ndarray) -> float:
    values = values[np.isfinite(values)]
    return float(np.median(values)) if len(values) else 0.0


def _point_medians(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Median distance by point, NaN for a point that no pair has."""
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', RuntimeWarning)
        return np.nanmedian(_distances(a, b), axis=0)
