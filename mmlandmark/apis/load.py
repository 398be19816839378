"""A trained converter from the files that a training leaves."""

from __future__ import annotations

import os

from mmlandmark.apis.config_files import read_config
from mmlandmark.apis.inferencer import LandmarkConverterInferencer
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import get_schema


def load_inferencer(
    checkpoint: str | os.PathLike,
    config: str | os.PathLike | None = None,
    *,
    device: str = 'cpu',
    batch_size: int = 8192,
) -> LandmarkConverterInferencer:
    """Load a converter from its checkpoint and check it against a config.

    Args:
        checkpoint: What ``tools/train.py`` wrote; it is enough by itself.
        config: The config that it should belong to; None: anything goes.
        device: Where to compute.
        batch_size: Instances at a time.

    Raises:
        LandmarkError: A file cannot be read, or the checkpoint converts between other schemas than
            the config says.
    """
    inferencer = LandmarkConverterInferencer(checkpoint, device=device, batch_size=batch_size)
    if config is None:
        return inferencer
    model = read_config(str(config)).get('model') or {}
    for side in ('source_schema', 'target_schema'):
        if side not in model:
            raise LandmarkError(f'{config}: its model has no {side}; expected a LandmarkConverter')
        wanted, found = get_schema(model[side]), getattr(inferencer, side)
        if not wanted.same_keypoints(found):
            raise LandmarkError(
                f'{checkpoint}: its {side} is {found.name!r}, but {config} says {wanted.name!r}: '
                f'{wanted.differences(found)}'
            )
    return inferencer
