"""Whether an exported file gives what PyTorch gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from mmlandmark.errors import LandmarkError

TOLERANCE = 1e-3
"""Pixels; the rounding of single precision is about 1e-5 of them."""

Run = Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]]


@dataclass(frozen=True)
class Difference:
    """How far two sets of outputs are apart.

    Args:
        largest: Output -> the largest difference, in pixels; of values above 1,000 in thousandths.
        batches: Numbers of instances that were compared.
    """

    largest: dict[str, float]
    batches: tuple[int, ...]

    def __str__(self) -> str:
        told = ', '.join(f'{name} {value:.1e}' for name, value in self.largest.items())
        counts = ' and '.join(map(str, self.batches))
        return f'largest difference from PyTorch at {counts} instances: {told}'


def compare(graph: Any, run: Run, batches: Sequence[int]) -> Difference:
    """Return how far a file is from its graph in PyTorch.

    Args:
        graph: The graph.
        run: From inputs to outputs by name, as the file gives them.
        batches: Numbers of instances to try.

    Raises:
        LandmarkError: The file takes one of these numbers not, or gives outputs of other shapes.
    """
    module, largest = graph.module, {}
    for batch in batches:
        example = module.example(batch)
        with torch.no_grad():
            wanted = module(*example)
        inputs = dict(zip(module.input_names, (e.numpy() for e in example), strict=True))
        try:
            found = run(inputs)
        except Exception as error:  # each format has its own
            reason = ' '.join(str(error).split())[:200]
            raise LandmarkError(
                f'the exported graph does not take {batch} instances: {reason}; a network of your '
                'own must write x.shape[0] in place of len(x)'
            ) from error
        for name, value in zip(module.output_names, wanted, strict=True):
            apart = _apart(found[name], value.numpy(), name)
            largest[name] = max(largest.get(name, 0.0), apart)
    return Difference(largest, tuple(batches))


def require_equal(difference: Difference, kind: str) -> None:
    """Raise a LandmarkError where a difference is above the tolerance."""
    name, value = max(difference.largest.items(), key=lambda item: item[1])
    if not value <= TOLERANCE:
        raise LandmarkError(
            f'the {kind} file differs from PyTorch by {value:.1e} in {name}, expected at most '
            f'{TOLERANCE}; nothing was written (check=False, --no-check, writes it all the same)'
        )


def _apart(found: np.ndarray, wanted: np.ndarray, name: str) -> float:
    if found.shape != wanted.shape:
        raise LandmarkError(
            f'the exported graph gives {name} of shape {found.shape}, PyTorch {wanted.shape}; a '
            'network of your own must write x.shape[0] in place of len(x)'
        )
    found, wanted = (np.asarray(v, dtype=np.float64) for v in (found, wanted))
    if not np.array_equal(np.isnan(found), np.isnan(wanted)):
        return float('inf')
    scale = np.maximum(np.abs(wanted) / 1000, 1)
    return float(np.nan_to_num(np.abs(found - wanted) / scale).max(initial=0.0))
