"""Which way a figure is better, told from its key."""

from __future__ import annotations

import re

#: Names of metrics of this package, MMPose and MMEngine, as they stand in keys.
_HIGHER = {'PCK', 'PCKh', 'tPCK', 'AUC', 'CED', 'AP', 'AR', 'mAP', 'acc', 'HandednessAcc'}
_LOWER = {'NME', 'FR', 'EPE', 'MPJPE', 'P-MPJPE', 'N-MPJPE', 'MRRPE', 'coord_mae', 'loss'}
_DIRECTIONS = dict.fromkeys(_HIGHER, True) | dict.fromkeys(_LOWER, False)
#: A metric's name, then nothing or what qualifies it: ``PCK@0.1``, ``AP(E)``, ``MPJPE_all``.
_NAME = re.compile(r'([A-Za-z]+(?:-[A-Za-z]+)?)(?![A-Za-z0-9-])')


def metric_direction(part: str) -> bool | None:
    """Whether one part of a key (between slashes) names a metric, and its better direction.

    Returns:
        True: a larger figure is better; False: a smaller one; None: the part names no metric that
        is known.
    """
    for word in part.split():
        if word in _DIRECTIONS:
            return _DIRECTIONS[word]
        found = _NAME.match(word.replace('_', ' '))
        if found and found[1] in _DIRECTIONS:
            return _DIRECTIONS[found[1]]
    return None


def higher_is_better(key: str) -> bool | None:
    """Whether a larger figure is better, told from the key's name; None if it does not say."""
    directions = map(metric_direction, key.split('/'))
    return next((direction for direction in directions if direction is not None), None)


def not_measured(key: str, value: float | None) -> bool:
    """Whether a figure says that there was nothing to measure: COCO's AP and AR are -1 then."""
    last = key.rsplit('/', 1)[-1].split()[:1]
    found = _NAME.match(last[0]) if last else None
    return value == -1 and found is not None and found[1] in ('AP', 'AR')
