"""What a head was trained for, kept in its checkpoint and compared when one is loaded."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from mmlandmark.errors import LandmarkError


class SchemaRecord(nn.Module):
    """A record in a head's checkpoints; loading one of another content is an error.

    A checkpoint without a record, such as that of a backbone, is not objected to.

    Args:
        content: The record; anything that JSON can hold.
        differences: Says in words how the content of a checkpoint's record differs from what this
            head is for; an empty string where the weights fit. A function that can be pickled.
        what: What the head is for, for the message, as ``union 'union21'``.
    """

    def __init__(self, content: Any, differences: Callable[[Any], str], what: str) -> None:
        super().__init__()
        packed = zlib.compress(json.dumps(content).encode())
        # integers: an average of weights leaves them alone. As wide as these, since SyncBuffersHook
        # sums buffers over processes before it divides, and a sum of bytes would not fit in a byte
        values = torch.frombuffer(bytearray(packed), dtype=torch.uint8).long()
        self.register_buffer('packed', values)
        self.differences, self.what = differences, what

    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, *args: Any, **kwargs: Any
    ) -> None:
        """Compare; PyTorch and MMEngine call this for each module that a checkpoint is loaded into.

        Raises:
            LandmarkError: The checkpoint's record differs; names what.
        """
        found = state_dict.get(f'{prefix}packed')
        if found is None:
            return
        told = self.differences(read_schema_record(found, prefix))
        if told:
            raise LandmarkError(
                f'the checkpoint ({prefix[:-1]}) does not fit {self.what}: {told}; to take over '
                "nothing but its backbone, use init_cfg=dict(type='Pretrained', checkpoint=..., "
                "prefix='backbone.') there"
            )


def read_schema_record(packed: Tensor, where: str) -> Any:
    """Return the content of a record's bytes, (N,) uint8.

    Raises:
        LandmarkError: They are no record.
    """
    try:
        return json.loads(zlib.decompress(packed.cpu().to(torch.uint8).numpy().tobytes()))
    except (zlib.error, ValueError) as error:
        raise LandmarkError(f'checkpoint: {where} holds no record of schemas: {error}') from error
