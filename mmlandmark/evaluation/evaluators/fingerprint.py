"""A digest of everything in a sample that does not come from the model."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from mmlandmark.evaluation.metrics.packing import to_numpy

PREDICTIONS = ('pred_instances', 'pred_fields')


def fingerprint(samples: Iterable[Mapping[str, Any]]) -> str | None:
    """Digest of the samples without the model's predictions.

    Returns:
        A hexadecimal digest: equal digests mean equal ground truth and equal baselines. None if a
        sample holds something that has no well-defined bytes, so equality cannot be shown.
    """
    digest = hashlib.blake2b(digest_size=16)
    try:
        for sample in samples:
            _update(digest, {k: v for k, v in sample.items() if k not in PREDICTIONS})
    except _NotHashable:
        return None
    return digest.hexdigest()


class _NotHashable(Exception):
    pass


def _update(digest: Any, value: Any) -> None:
    # this runs for every leaf of every sample in each evaluation: arrays, the most frequent, first
    if isinstance(value, np.ndarray):
        if value.dtype.hasobject:
            raise _NotHashable
        digest.update(f'{value.dtype.str}{value.shape}'.encode())
        digest.update(value.tobytes())
    elif isinstance(value, dict):
        digest.update(b'{')
        for key, entry in value.items():
            digest.update(repr(key).encode())
            _update(digest, entry)
        digest.update(b'}')
    elif isinstance(value, (list, tuple)):
        digest.update(b'[')
        for entry in value:
            _update(digest, entry)
        digest.update(b']')
    elif value is None or isinstance(value, (str, int, float)):
        digest.update(f'{value!r},'.encode())
    elif isinstance(value, np.generic) or hasattr(value, 'detach'):
        _update(digest, to_numpy(value))
    else:
        raise _NotHashable
