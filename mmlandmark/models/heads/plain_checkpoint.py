"""Checkpoints that do not say what their head was trained for, as those of MMPose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from mmlandmark.errors import LandmarkError

RECORD = 'schema_record.packed'
"""The entry of a checkpoint that says it; see ``SchemaRecord``, which compares it."""


def refuse_misfits(
    head: nn.Module, points: str, state_dict: Mapping[str, Any], prefix: str
) -> None:
    """Refuse a checkpoint without a record whose head is not the one that it is loaded into.

    MMEngine would leave the layers that do not fit as they are, random, and test them. A
    checkpoint without any weight of a head, such as that of a backbone, is not objected to.

    Args:
        head: What is loaded into.
        points: What the head is for, for the message, as ``the 21 points of union 'union21'``.
        state_dict: The checkpoint's weights.
        prefix: Of the head's entries in it.

    Raises:
        LandmarkError: A weight of the head has another size or is missing.
    """
    if f'{prefix}{RECORD}' in state_dict or not any(key.startswith(prefix) for key in state_dict):
        return
    for name, weight in head.state_dict().items():
        if name == RECORD:
            continue
        given = state_dict.get(f'{prefix}{name}')
        if given is not None and given.shape == weight.shape:
            continue
        found = 'missing' if given is None else _size(given)
        raise LandmarkError(
            f"the checkpoint's {prefix}{name} is {found}, that of {type(head).__name__} with "
            f'{points} {_size(weight)}; expected the checkpoint of a model for the same points; to '
            "take over nothing but its backbone, use init_cfg=dict(type='Pretrained', "
            "checkpoint=..., prefix='backbone.') there"
        )


def _size(weight: Tensor) -> str:
    return 'x'.join(map(str, weight.shape)) or 'one number'
