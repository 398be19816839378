"""The features of some samples of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor


def split_features(feats: Sequence[Tensor], groups: Sequence[Sequence[int]]) -> list[Any]:
    """Return the features of each group of samples, which together are the whole batch.

    Each level is gathered once and split into views, whose gradients meet in one concatenation:
    gathering for each group would fill a gradient of the whole batch with zeros for each of them.

    Args:
        feats: Feature maps (N, ...) of each level.
        groups: Positions in the batch.
    """
    if len(groups) == 1:
        return [feats]
    order = [row for rows in groups for row in rows]
    sizes = [len(rows) for rows in groups]
    if order != sorted(order):
        index = torch.tensor(order).to(feats[0].device, non_blocking=True)
        feats = [level.index_select(0, index) for level in feats]
    return list(zip(*(level.split(sizes) for level in feats), strict=True))


def take_features(feats: Any, rows: Sequence[int]) -> Any:
    """Return the features (N, ...) of some samples, nested in lists and tuples as they come."""
    if isinstance(feats, Tensor):
        return feats[rows]
    return type(feats)(take_features(part, rows) for part in feats)
