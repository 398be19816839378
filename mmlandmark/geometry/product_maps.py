"""Maps that are products of a profile in x and one in y, kept as these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class ProductMaps:
    """Maps (N, 1, H, W) that take as much memory as their edges.

    Args:
        x: Profiles (N, W).
        y: Profiles (N, H).
    """

    x: Tensor
    y: Tensor

    @property
    def shape(self) -> torch.Size:
        """Of the maps."""
        return torch.Size((len(self.x), 1, self.y.shape[1], self.x.shape[1]))


def join_rows(parts: Sequence[Tensor | ProductMaps]) -> Tensor | ProductMaps:
    """Return rows of one kind and size one after the other."""
    maps = [part for part in parts if isinstance(part, ProductMaps)]
    if maps:
        return ProductMaps(torch.cat([p.x for p in maps]), torch.cat([p.y for p in maps]))
    return torch.cat([part for part in parts if isinstance(part, Tensor)])
