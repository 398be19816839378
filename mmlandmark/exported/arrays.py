"""Arrays in a JSON file: their shape, and their numbers as base64 of little-endian floats."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from mmlandmark.errors import LandmarkError

TYPES = {'float32': np.dtype('<f4'), 'float64': np.dtype('<f8'), 'bool': np.dtype('?')}


def pack_array(array: np.ndarray) -> dict[str, Any]:
    """Return an array as plain JSON.

    Args:
        array: float32, float64 or bool.
    """
    data = np.ascontiguousarray(array, dtype=TYPES[array.dtype.name])
    text = base64.b64encode(data.tobytes()).decode('ascii')
    return dict(type=array.dtype.name, shape=list(array.shape), data=text)


def unpack_array(content: Any, where: str) -> np.ndarray:
    """Return the array of `pack_array`; numbers as float64.

    Raises:
        LandmarkError: It is damaged, or holds numbers that are not finite.
    """
    try:
        if set(content) != {'type', 'shape', 'data'}:
            raise ValueError('its fields are not type, shape and data')
        kind, shape = TYPES[content['type']], content['shape']
        if not all(isinstance(n, int) and not isinstance(n, bool) and n >= 0 for n in shape):
            raise ValueError(f'its shape is {shape!r}')
        raw = base64.b64decode(content['data'], validate=True)
        if len(raw) != math.prod(shape) * kind.itemsize:
            raise ValueError(f'{len(raw)} bytes for the shape {shape}')
    except (TypeError, KeyError, ValueError, binascii.Error) as error:
        raise LandmarkError(f'{where}: cannot be read as an array: {error}') from error
    if kind.name == 'bool' and not set(raw) <= {0, 1}:
        raise LandmarkError(f'{where}: holds something else than true and false')
    array = np.frombuffer(raw, dtype=kind).reshape(shape)
    if not np.isfinite(array).all():
        raise LandmarkError(f'{where}: holds numbers that are not finite')
    return array if kind.name == 'bool' else array.astype(np.float64)


class Arrays:
    """Arrays by name, each of which must be there, have the right shape, and be used.

    Args:
        content: Name -> what `pack_array` returned.
        where: The file, for messages.
    """

    def __init__(self, content: Any, where: str) -> None:
        if not isinstance(content, Mapping):
            raise LandmarkError(f'{where}: arrays are {type(content).__name__}, expected an object')
        self.where = where
        self._arrays = {k: unpack_array(v, f'{where}: array {k!r}') for k, v in content.items()}
        self._used: set[str] = set()

    def take(self, name: str, *shape: int | None) -> np.ndarray:
        """Return an array.

        Args:
            name: Its name.
            shape: The shape that it must have; None where any size will do.
        """
        if name not in self._arrays:
            raise LandmarkError(f'{self.where}: the array {name!r} is missing')
        found = self._arrays[name]
        fits = len(shape) == found.ndim
        fits = fits and all(b in (None, a) for a, b in zip(found.shape, shape, strict=True))
        if not fits:
            raise LandmarkError(
                f'{self.where}: the array {name!r} is {found.shape}, expected {shape}'
            )
        self._used.add(name)
        return found

    def has(self, name: str) -> bool:
        """Whether there is an array of that name."""
        return name in self._arrays

    def size(self, name: str) -> int:
        """Return the length of an array, 0 where there is none."""
        return len(self._arrays.get(name, ()))

    def places(self, prefix: str) -> list[int]:
        """Return the numbers N, rising, of all arrays called ``PREFIX.N.weight``."""
        rests = (k.removeprefix(f'{prefix}.') for k in self._arrays if k.startswith(f'{prefix}.'))
        numbers = (rest.removesuffix('.weight') for rest in rests if rest.endswith('.weight'))
        return sorted(int(number) for number in numbers if number.isdecimal())

    def finish(self) -> None:
        """Raise a LandmarkError if an array was not used."""
        left = sorted(self._arrays.keys() - self._used)
        if left:
            raise LandmarkError(f'{self.where}: the array {left[0]!r} has no use; is it damaged?')
