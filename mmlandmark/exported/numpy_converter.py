"""A converter as one JSON file, read and evaluated with numpy alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mmlandmark.errors import LandmarkError
from mmlandmark.exported import attention  # noqa: F401  adds its network
from mmlandmark.exported.arrays import Arrays
from mmlandmark.exported.converter import Arrays as Result
from mmlandmark.exported.converter import ExportedConverter
from mmlandmark.exported.info import ConverterInfo, read_info
from mmlandmark.exported.networks import build_network, gelu, mlp, uses_base, with_missing
from mmlandmark.schemas.files import read_json_object

FIELDS = ('info', 'options', 'arrays')
OPTIONS = ('network', 'missing', 'image_offset', 'flip_average', 'support_share', 'nugget')
MISSING = ('kriging', 'mean')


class NumpyConverter(ExportedConverter):
    """A trained converter; equal to the torch module to the rounding of its single precision.

    Args:
        content: What ``converter_to_json`` returned.
        where: The file, for messages.

    Raises:
        LandmarkError: Something is missing, unknown, damaged or of a wrong shape.
    """

    def __init__(self, content: Mapping[str, Any], where: str) -> None:
        _check_fields(content, FIELDS, where)
        info = read_info(content['info'], where)
        if not isinstance(info, ConverterInfo):
            raise LandmarkError(f'{where}: is a {info.kind}; expected a converter')
        super().__init__(info)
        options = content['options']
        _check_options(options, where)
        arrays = Arrays(content['arrays'], where)
        source, target = info.source_schema.num_keypoints, info.target_schema.num_keypoints
        self._options = options
        self._uses_base = uses_base(options['network']['type'])
        self._network = build_network(arrays, source, target, options['network'])
        self._affine = arrays.take('affine_weight', target, source)
        self._gate = float(arrays.take('gate'))
        shift = arrays.take('affine_offset', 2, target, 2)
        self._offset = shift + self._gate * arrays.take('offset', 2, target, 2)
        self._covered = arrays.take('covered', target)
        self._sigma = None
        if info.has_sigma:
            self._sigma = mlp(arrays, 'uncertainty', 3 * source, target, gelu)
        if options['missing'] == 'kriging':
            variogram = arrays.take('completion.variogram', source, source)
            self._precision = _precision(variogram, options['nugget'])
        else:
            self._mean_shape = arrays.take('completion.mean_shape', source, 2)
        arrays.finish()
        strength = np.abs(self._affine)
        share = options['support_share'] * strength.max(1, keepdims=True)
        self._carries = (strength >= share).T.astype(np.float64)

    def _convert(
        self, points: np.ndarray, visible: np.ndarray, bboxes: np.ndarray | None
    ) -> Result:
        labelled = visible > 0
        clean = np.where(labelled[..., None], points, 0.0)
        centre = clean.sum(1, keepdims=True) / np.maximum(labelled.sum(1), 1)[:, None, None]
        complete = self._complete(np.where(labelled[..., None], clean - centre, 0.0), labelled)
        middle, scale = self._frame(complete, bboxes, centre)
        encoded = (complete - middle) / scale
        found, log_sigma = self._predict(encoded, labelled)
        if self._options['flip_average']:
            across, down = (s.flip_indices for s in (self.source_schema, self.target_schema))
            mirrored, other = self._predict(_mirrored(encoded, across), labelled[:, across])
            found = (found + _mirrored(mirrored, down)) / 2
            log_sigma = None if log_sigma is None else (log_sigma + other[:, down]) / 2
        if self._options['image_offset']:
            found = found + self._offset[0] + self._offset[1] / scale
        values, inferred = self._visibility(visible)
        given = values > 0
        moved = np.where(given[..., None], found * scale + middle + centre, 0.0)
        sigma = None
        if log_sigma is not None:
            sigma = np.where(given, np.exp(log_sigma) * scale[..., 0], np.nan)
        return moved, values, inferred, sigma

    def _predict(
        self, encoded: np.ndarray, labelled: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray | None]:
        found = self._network(encoded, labelled)
        if self._uses_base:
            found = self._affine @ encoded + self._gate * found
        if self._sigma is None:
            return found, None
        return found, self._sigma(with_missing(encoded, labelled))

    def _frame(
        self, complete: np.ndarray, bboxes: np.ndarray | None, centre: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the middle (N, 1, 2) and the unit (N, 1, 1) of each instance's frame."""
        if bboxes is None:
            middle = complete.mean(1, keepdims=True)
            scale = np.sqrt(np.square(complete - middle).sum(-1).mean(1))
        else:
            low, high = bboxes[:, :2], bboxes[:, 2:]
            middle = ((low + high) / 2)[:, None] - centre
            scale = (high - low).max(1) / 2
        return middle, np.where(scale > 1e-6, scale, 1.0)[:, None, None]

    def _complete(self, clean: np.ndarray, labelled: np.ndarray) -> np.ndarray:
        """Return points (N, S, 2) without gaps; none is filled where no point is labelled."""
        missing = ~labelled & labelled.any(1, keepdims=True)
        if self._options['missing'] == 'kriging':
            # each set of missing points has a system of its own, which many instances share
            sets, which = np.unique(missing, axis=0, return_inverse=True)
            filled = clean.copy()
            for number, gaps in enumerate(sets):
                rows = np.flatnonzero(which.reshape(-1) == number)
                if gaps.any():
                    pull = -(self._precision[gaps][:, ~gaps] @ clean[rows][:, ~gaps])
                    own = self._precision[np.ix_(gaps, gaps)]
                    filled[np.ix_(rows, gaps)] = np.linalg.solve(own, pull)
            return filled
        count = np.maximum(labelled.sum(1), 1)[:, None, None]
        middle = clean.sum(1, keepdims=True) / count
        square = np.square(np.where(labelled[..., None], clean - middle, 0.0)).sum((1, 2))
        size = np.maximum(np.sqrt(square / count[:, 0, 0]), 1e-6)[:, None, None]
        return np.where(labelled[..., None], clean, middle + self._mean_shape * size)

    def _visibility(self, visible: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        enough = (visible > 0).sum(1, keepdims=True) >= self.info.min_source_points
        given = enough & self._covered
        inferred = ((visible == 0) @ self._carries > 0) & given
        unseen = (visible < 2) @ self._carries > 0
        return (np.where(unseen, 1, 2) * given).astype(np.uint8), inferred


def open_json_converter(path: str | Path) -> NumpyConverter:
    """Read a converter from its JSON file; nothing in it is run.

    Raises:
        LandmarkError: The file is missing, no strict JSON, or no converter's.
    """
    return NumpyConverter(read_json_object(path), str(path))


def _precision(variogram: np.ndarray, nugget: float) -> np.ndarray:
    """Return (S, S): the points' block of the inverse of the kriging system of all points."""
    size = len(variogram)
    system = np.ones((size + 1, size + 1))
    own = nugget * max(variogram.mean(), 1e-12)
    system[:size, :size] = own * np.eye(size) - variogram / 2
    system[size, size] = 0
    return np.linalg.inv(system)[:size, :size]


def _mirrored(points: np.ndarray, partners: np.ndarray) -> np.ndarray:
    return points[:, partners] * np.array([-1.0, 1.0])


def _check_fields(content: Any, fields: tuple[str, ...], where: str) -> None:
    if not isinstance(content, Mapping) or set(content) != set(fields):
        found = ', '.join(map(str, content)) if isinstance(content, Mapping) else repr(content)
        raise LandmarkError(f'{where}: has the fields {found}; expected {", ".join(fields)}')


def _check_options(options: Any, where: str) -> None:
    _check_fields(options, OPTIONS, f'{where}: options')
    right = (
        isinstance(options['network'], Mapping)
        and options['missing'] in MISSING
        and all(isinstance(options[key], bool) for key in ('image_offset', 'flip_average'))
        and all(isinstance(options[key], float) for key in ('support_share', 'nugget'))
    )
    if not right:
        raise LandmarkError(f'{where}: its options cannot be {dict(options)!r:.200}')
