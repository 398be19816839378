"""Faces whose left and right are the other way round than in the rest of a file.

Two questions that are not the same. *Mirrored*: do the left points lie on the other side of the
picture? They do after mirrored labels, but also where a head is turned by more than a right angle.
*Reflected*: is the face a mirror image of the others, however it is turned? Both are answered by
comparison with the rest of the file, so no template and no rule about sides is needed, and a file
in which either way round is common (bodies seen from behind, animals from the side) is not judged.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from mmlandmark.annotations.audit_checks import Check
from mmlandmark.schemas import KeypointSchema

MIN_FACES = 10
"""Fewer faces say nothing about what is usual."""
USUAL = 0.9
"""Share of the faces that must agree before the others are called wrong."""
REFLECTED = -0.5
"""Correlation with the usual vertical order below which a face is a mirror image."""
MIN_PAIRS = 2
STEADIEST = 0.05
"""Least deviation of a point's height that counts, in median heights of a face."""


@dataclass(frozen=True)
class SideChecks:
    """Result of `side_checks`.

    Attributes:
        checks: ``mirrored`` and ``reflected``, those that could be judged.
        notes: What could not be judged, and why.
    """

    checks: tuple[Check, ...]
    notes: tuple[str, ...]


def side_checks(points: np.ndarray, labelled: np.ndarray, schema: KeypointSchema) -> SideChecks:
    """Compare the sides of every face with those of the rest.

    Mirrored: each swap pair has a usual order from left to right in the picture, that of most
    faces; a pair takes part where nine in ten faces keep it. A face is mirrored where more than
    half of its pairs, out of at least two, stand the other way round.

    Reflected: the mean direction from one side to the other, over all pairs, is a face's own
    horizontal; the heights of its points above that line are correlated with the usual heights
    (medians over the file), each point weighted by how steady it is (inverse squared median
    deviation), so that a hanging ear says little and a nose much. A mirror image has its heights
    upside down: the correlation is below -0.5. Turning, moving and scaling change nothing.

    Args:
        points: (N, K, 2) pixels.
        labelled: (N, K) bool; such a point is finite.
        schema: Its swaps are the pairs.
    """
    if not schema.swaps:
        return SideChecks(
            (), (f'mirrored, reflected: not judged: schema {schema.name!r} states no swap pairs',)
        )
    first, second = (
        np.array([schema.index(name) for name in side]) for side in zip(*schema.swaps, strict=True)
    )
    both = labelled[:, first] & labelled[:, second]
    across = np.where(both[..., None], points[:, second] - points[:, first], 0.0)
    directions = _directions(across)
    likeness = _likeness(points, labelled, directions)
    share = _share_against(across[..., 0])
    reflected = Check('reflected', likeness < REFLECTED, likeness, low_is_worse=True)
    details = _turns(share, directions, likeness)
    mirrored = Check('mirrored', share > 0.5, share, details=details)
    checks, notes = [], []
    for check in (mirrored, reflected):
        problem = _problem(check)
        if problem:
            notes.append(f'{check.finding}: not judged: {problem}')
        else:
            checks.append(check)
    return SideChecks(tuple(checks), tuple(notes))


def _problem(check: Check) -> str:
    """Why a check means nothing in this file; empty where it does."""
    judged = int(np.isfinite(check.value).sum())
    if judged < MIN_FACES:
        return (
            f'{judged} of {len(check.value)} instances have labelled pairs that can be compared '
            f'with those of the others; expected at least {MIN_FACES}'
        )
    share = float(check.hit.sum() / judged)
    if share > 1 - USUAL:
        return f'{share:.0%} of the instances would be, so both ways round are usual here'
    return ''


def _share_against(across: np.ndarray) -> np.ndarray:
    """Return the share of a face's steady pairs that are against their usual order, (N,).

    Args:
        across: (N, P) how far right of its first point each pair's second lies; 0 where either
            is not labelled.
    """
    order = np.sign(across)
    right, left = (order > 0).sum(axis=0), (order < 0).sum(axis=0)
    total = right + left
    steady = (total >= MIN_FACES) & (np.maximum(right, left) >= USUAL * total)
    votes = order[:, steady] * np.where(right >= left, 1, -1)[steady]
    counted, against = (votes != 0).sum(axis=1), (votes < 0).sum(axis=1)
    share = np.full(len(order), np.nan)
    return np.divide(against, counted, out=share, where=counted >= MIN_PAIRS)


def _directions(across: np.ndarray) -> np.ndarray:
    """Return the (N, 2) unit mean direction of a face's pairs; NaN where they have none."""
    length = np.linalg.norm(across, axis=2, keepdims=True)
    unit = np.divide(across, length, out=np.zeros_like(across), where=length > 0)
    mean = np.where((length > 0).sum(axis=1) >= MIN_PAIRS, unit.sum(axis=1), 0.0)
    length = np.linalg.norm(mean, axis=1, keepdims=True)
    return np.divide(mean, length, out=np.full_like(mean, np.nan), where=length > 0)


def _likeness(points: np.ndarray, labelled: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Return the weighted correlation of each face's heights with the usual ones, (N,)."""
    down = np.stack([-directions[:, 1], directions[:, 0]], axis=1)
    known = labelled & np.isfinite(directions).all(axis=1)[:, None]
    height = np.where(
        known, (np.where(known[..., None], points, 0) * down[:, None]).sum(axis=2), np.nan
    )
    height -= _median(height, axis=1)[:, None]
    size = _median(np.abs(height), axis=1)[:, None]
    height = np.divide(height, size, out=np.full_like(height, np.nan), where=size > 0)
    usual = _median(height, axis=0)
    steadiness = np.maximum(_median(np.abs(height - usual), axis=0), STEADIEST) ** -2
    weight = np.where(np.isfinite(height), steadiness, 0.0)
    return _correlation(np.nan_to_num(height), np.nan_to_num(usual), np.nan_to_num(weight))


def _correlation(values: np.ndarray, usual: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the weighted correlation of each row (N, K) with (K,); NaN where nothing varies."""
    total = weight.sum(axis=1, keepdims=True)
    weight = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
    a = values - (weight * values).sum(axis=1, keepdims=True)
    b = usual - (weight * usual).sum(axis=1, keepdims=True)
    product = (weight * a * b).sum(axis=1)
    norm = np.sqrt((weight * a**2).sum(axis=1) * (weight * b**2).sum(axis=1))
    return np.divide(product, norm, out=np.full_like(product, np.nan), where=norm > 0)


def _turns(share: np.ndarray, directions: np.ndarray, likeness: np.ndarray) -> dict[int, str]:
    """Say of each mirrored face whether all of it is turned, or its labels are mirrored."""
    known = directions[np.isfinite(directions).all(axis=1)]
    usual = np.arctan2(*known.sum(axis=0)[::-1])
    details = {}
    for row in np.flatnonzero(share > 0.5).tolist():
        turn = np.degrees(np.arctan2(*directions[row][::-1]) - usual)
        turn = (turn + 180) % 360 - 180
        if likeness[row] < REFLECTED:
            details[row] = 'mirror image of the other faces'
        elif likeness[row] > -REFLECTED:
            details[row] = f'turned by {turn:.0f} degrees, no mirror image'
        else:
            details[row] = 'mirror image or turned, not clear which'
    return details


def _median(values: np.ndarray, axis: int) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', RuntimeWarning)  # of medians of nothing, which are NaN
        return np.nanmedian(values, axis=axis)
