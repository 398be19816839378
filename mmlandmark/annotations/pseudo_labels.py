"""Files of a model's predictions over data sets, kept to be trained on."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mmlandmark.annotations.arrays import number_rows
from mmlandmark.annotations.json_file import read_json
from mmlandmark.annotations.writer import write_json
from mmlandmark.errors import LandmarkError, nearest

KIND = 'mmlandmark pseudo labels'
_FIELDS = ('kind', 'union', 'channels', 'data_sets')


@dataclass(frozen=True)
class PseudoLabels:
    """What a model predicts on one data set.

    Attributes:
        ids: (N,) int64, the annotations, all different.
        points: (N, C, 2) float64, pixels of the picture.
        scores: (N, C) float64, the model's confidence.
    """

    ids: np.ndarray
    points: np.ndarray
    scores: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)


def write_pseudo_labels(
    path: str | os.PathLike,
    union: str,
    channels: Sequence[str],
    labels: Mapping[str, PseudoLabels],
    *,
    overwrite: bool = False,
) -> None:
    """Write the predictions over several data sets.

    Args:
        path: The file.
        union: Name of the union that the model predicts, for readers.
        channels: The names of the C channels, by which the file is checked when it is used.
        labels: Data set -> predictions.
        overwrite: Replace a file that exists.

    Raises:
        LandmarkError: The file exists or cannot be written, or a prediction is not finite.
    """
    data_sets = {}
    for name, part in labels.items():
        values = np.concatenate([part.points, part.scores[..., None]], axis=-1)
        _check_finite(values, part.ids, channels, f'predictions on {name!r}')
        rows = values.round(4).reshape(len(values), 3 * len(channels))
        data_sets[name] = {'ids': part.ids.tolist(), 'keypoints': rows.tolist()}
    content = dict(zip(_FIELDS, (KIND, union, list(channels), data_sets), strict=True))
    write_json(path, content, overwrite=overwrite)


def read_pseudo_labels(
    path: str | os.PathLike, data_set: str, channels: Sequence[str]
) -> PseudoLabels:
    """Read the predictions over one data set.

    Args:
        path: A file of ``write_pseudo_labels``.
        data_set: Its name in the file.
        channels: The names of the channels that the file must have, in order.

    Raises:
        LandmarkError: No such file, another kind of file, other channels, no such data set, or an
            entry that is not three finite numbers for each channel.
    """
    content = read_json(path)
    if not isinstance(content, dict) or content.get('kind') != KIND:
        raise LandmarkError(f'{path}: no pseudo labels; expected a file of tools/pseudo_labels.py')
    _check_channels(path, content.get('channels'), channels)
    parts = content.get('data_sets')
    if not isinstance(parts, dict) or data_set not in parts:
        known = parts if isinstance(parts, dict) else {}
        raise LandmarkError(
            f'{path}: has no data set {data_set!r}{nearest(data_set, known)}, only '
            f'{", ".join(known) or "none"}'
        )
    part = parts[data_set]
    where = f'{path}: data set {data_set!r}'
    ids, rows = (part.get(key) if isinstance(part, dict) else None for key in ('ids', 'keypoints'))
    if not isinstance(ids, list) or not isinstance(rows, list) or len(ids) != len(rows):
        raise LandmarkError(f"{where}: expected lists 'ids' and 'keypoints' of equal length")
    if not all(type(id_) is int for id_ in ids) or len(set(ids)) != len(ids):
        raise LandmarkError(f'{where}: ids are not different integers')
    values = number_rows(rows, 3 * len(channels))
    if values is None:
        wanted = 3 * len(channels)
        bad = next(i for i, row in enumerate(rows) if number_rows([row], wanted) is None)
        raise LandmarkError(
            f'{where}: annotation {ids[bad]}: expected {wanted} numbers: x, y and score of '
            f'{len(channels)} channels'
        )
    values = values.reshape(len(ids), len(channels), 3)
    _check_finite(values, np.array(ids), channels, where)
    return PseudoLabels(np.array(ids, dtype=np.int64), values[..., :2], values[..., 2])


def _check_channels(path: str | os.PathLike, found: object, expected: Sequence[str]) -> None:
    if not isinstance(found, list):
        raise LandmarkError(f"{path}: has no list 'channels'")
    if list(found) == list(expected):
        return
    missing = [name for name in expected if name not in found]
    foreign = [str(name) for name in found if name not in expected]
    parts = [f'it lacks {", ".join(missing)}'] if missing else []
    parts += [f'it has {", ".join(foreign)}'] if foreign else []
    raise LandmarkError(
        f'{path}: its channels are not those of the union: {"; ".join(parts) or "another order"}'
    )


def _check_finite(values: np.ndarray, ids: np.ndarray, channels: Sequence[str], where: str) -> None:
    bad = ~np.isfinite(values).all(axis=-1)
    if bad.any():
        row, channel = np.argwhere(bad)[0]
        raise LandmarkError(
            f'{where}: annotation {ids[row]}: {channels[channel]!r} is '
            f'{values[row, channel].tolist()}; expected finite x, y and score'
        )
