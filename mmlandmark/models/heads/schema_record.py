"""What a head was trained for, kept in its checkpoint and compared when one is loaded."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from mmlandmark.errors import LandmarkError

KEY = 'schema_record'
"""Name of the buffer: zlib-packed JSON as bytes. Integers, so that an average of weights leaves
it alone."""


def attach_schema_record(
    module: nn.Module, content: Any, differences: Callable[[Any], str], what: str
) -> None:
    """Give a module a record of what it is for, which loading a checkpoint compares.

    A checkpoint without a record, such as that of a backbone, is not objected to.

    Args:
        module: The head.
        content: The record; anything that JSON can hold.
        differences: Says how the content of a checkpoint's record differs from this module, in
            words; an empty string where the weights fit.
        what: What the record is of, for the message, as ``union 'union21'``.

    Loading then raises a LandmarkError that says what differs, before any weight is taken over.
    """
    packed = zlib.compress(json.dumps(content).encode())
    module.register_buffer(KEY, torch.frombuffer(bytearray(packed), dtype=torch.uint8))

    def compare(state_dict: dict[str, Any], prefix: str, *_: Any) -> None:
        found = state_dict.get(prefix + KEY)
        if found is not None:
            told = differences(read_schema_record(found, prefix + KEY))
            if told:
                raise LandmarkError(
                    f'checkpoint: {prefix or type(module).__name__}: was trained for something '
                    f'else than {what}: {told}; to take over the backbone only, load it by '
                    "init_cfg=dict(type='Pretrained', checkpoint=..., prefix='backbone.')"
                )
        # equal records need not be equal bytes, and an older checkpoint misses none
        state_dict[prefix + KEY] = getattr(module, KEY).detach().clone()

    module._register_load_state_dict_pre_hook(compare)


def read_schema_record(buffer: Tensor, where: str) -> Any:
    """Return the content of a record's bytes, (N,) uint8.

    Raises:
        LandmarkError: They are no record.
    """
    try:
        return json.loads(zlib.decompress(bytes(buffer.cpu().numpy().astype('uint8'))))
    except (zlib.error, ValueError) as error:
        raise LandmarkError(f'checkpoint: {where} is no record of schemas: {error}') from error
