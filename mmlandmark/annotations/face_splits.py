"""Training, validation and test parts of a release, whole breeds or subjects in each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mmlandmark.annotations.splits import split_groups
from mmlandmark.errors import LandmarkError, nearest

#: What stays together. Names are BREED_NUMBER in DogFLW (the breed is its WordNet id), and
#: SUBJECT_SHOT in CatFLW, where the subject may hold underscores itself.
SPLIT_BY = ('breed', 'subject')
DEFAULT_TEST_FRACTION = 0.1


def face_groups(stems: Sequence[str], by: str) -> list[str]:
    """Return the breed or subject of each file name.

    Args:
        stems: File names without ending.
        by: ``breed``: what stands before the first underscore; ``subject``: before the last one.

    Raises:
        LandmarkError: Unknown kind of group.
    """
    if by not in SPLIT_BY:
        raise LandmarkError(f'unknown group {by!r}{nearest(by, SPLIT_BY)}; expected breed, subject')
    if by == 'breed':
        return [stem.partition('_')[0] for stem in stems]
    return [stem.rpartition('_')[0] or stem for stem in stems]


def split_faces(
    parts: Sequence[str],
    groups: Sequence[str],
    *,
    val_fraction: float,
    test_fraction: float | None,
    seed: int,
) -> dict[str, np.ndarray]:
    """Divide the faces of a release.

    An official test part stays as it is and validation is cut from train; a release without
    official parts is divided into all three.

    Args:
        parts: ``train`` or ``test``, the official part of each face; '' where there is none.
        groups: The breed or subject of each face.
        val_fraction: Share of the faces to cut for validation; 0 for none.
        test_fraction: Share for the test of a release without official parts; a tenth where None.
        seed: Another seed is another split.

    Returns:
        Part -> (n,) int64 ascending rows.

    Raises:
        LandmarkError: Fractions out of range, or too few groups for the parts.
    """
    official = any(parts)
    if official and test_fraction is not None:
        raise LandmarkError('the release has an official test part: no test fraction is cut')
    fractions = {'val': val_fraction}
    if not official:
        fractions['test'] = DEFAULT_TEST_FRACTION if test_fraction is None else test_fraction
    for name, fraction in fractions.items():
        if not 0 <= fraction < 1:
            raise LandmarkError(f'{name} fraction is {fraction}; expected 0 to below 1')
    fractions = {name: fraction for name, fraction in fractions.items() if fraction}
    rest = 1 - sum(fractions.values())
    if rest <= 0:
        raise LandmarkError('validation and test fractions leave nothing for training')
    cut = np.flatnonzero(np.array(parts) != 'test')
    result: dict[str, np.ndarray] = {}
    if len(cut):
        ratios = {'train': rest, **fractions}
        chosen = split_groups([groups[row] for row in cut], ratios, seed)
        result.update({name: cut[rows] for name, rows in chosen.items()})
    if official and len(cut) < len(parts):
        result['test'] = np.flatnonzero(np.array(parts) == 'test')
    return result
