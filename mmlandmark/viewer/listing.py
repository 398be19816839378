"""Which pictures are listed, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mmlandmark.viewer.measures import Layer, columns_of, mean_of_rows

SORTS = ('file', 'error', 'missing', 'inferred', 'instances')


@dataclass(frozen=True)
class Filter:
    """What is asked of a picture; None and '' ask nothing.

    Attributes:
        text: Part of its file name.
        error_min: The least error of its worst instance.
        error_max: The largest.
        missing_min: Fewest points that are not given.
        inferred_min: Fewest inferred points.
        keypoint: Look at this keypoint alone.
        empty: List pictures without instances too.
        sort: One of ``SORTS``.
        descending: Largest first.
    """

    text: str = ''
    error_min: float | None = None
    error_max: float | None = None
    missing_min: int | None = None
    inferred_min: int | None = None
    keypoint: str | None = None
    empty: bool = False
    sort: str = 'file'
    descending: bool = False


@dataclass(frozen=True)
class Listing:
    """The P pictures of a file with what they are judged by, and the chosen ones.

    Attributes:
        order: (M,) int64, the pictures that meet the filter, in order.
        instances: (P,) int64.
        missing: (P,) int64, points that are not given.
        inferred: (P,) int64.
        errors: (P,) float64, of the worst instance; NaN where none is measured.
        instance_errors: (N,) float64, of all instances.
    """

    order: np.ndarray
    instances: np.ndarray
    missing: np.ndarray
    inferred: np.ndarray
    errors: np.ndarray
    instance_errors: np.ndarray


def list_pictures(
    names: Sequence[str | None],
    picture_of: np.ndarray,
    layer: Layer,
    distances: np.ndarray | None,
    wanted: Filter,
) -> Listing:
    """Choose and order the pictures of a file.

    Args:
        names: The P file names.
        picture_of: (N,) int64, the picture of each instance.
        layer: The points that pictures are judged by.
        distances: (N, K) their errors, NaN where not measured; None: nothing is measured.
        wanted: The filter.

    Raises:
        LandmarkError: The filter names a keypoint that the layer does not have.
    """
    columns, count = columns_of(layer.schema, wanted.keypoint), len(names)
    each = np.full(len(picture_of), np.nan)
    if distances is not None:
        each = mean_of_rows(distances[:, columns])
    errors = np.full(count, np.nan)
    np.fmax.at(errors, picture_of, each)
    instances = np.bincount(picture_of, minlength=count)
    missing = _sums(picture_of, layer.missing[:, columns].sum(axis=1), count)
    inferred = _sums(picture_of, layer.inferred[:, columns].sum(axis=1), count)
    keep = np.full(count, True) if wanted.empty else instances > 0
    if wanted.text:
        part = wanted.text.lower()
        keep &= np.array([part in str(name or '').lower() for name in names], dtype=bool)
    bounds = (
        (errors, wanted.error_min, np.greater_equal),
        (errors, wanted.error_max, np.less_equal),
        (missing, wanted.missing_min, np.greater_equal),
        (inferred, wanted.inferred_min, np.greater_equal),
    )
    for values, bound, meets in bounds:
        if bound is not None:
            keep &= meets(values, bound)  # False for NaN
    keys = {'error': errors, 'missing': missing, 'inferred': inferred, 'instances': instances}
    order = _ordered(np.flatnonzero(keep), keys.get(wanted.sort), wanted.descending)
    return Listing(order, instances, missing, inferred, errors, each)


def _sums(picture_of: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    return np.bincount(picture_of, weights=values, minlength=count).astype(np.int64)


def _ordered(kept: np.ndarray, values: np.ndarray | None, descending: bool) -> np.ndarray:
    """Order pictures by a value, equal ones as in the file and those without one last."""
    if values is None:
        return kept[::-1] if descending else kept
    chosen = values[kept].astype(np.float64)
    return kept[np.argsort(-chosen if descending else chosen, kind='stable')]
