"""Checkpoints of converters as ``tools/train.py`` writes them."""

from __future__ import annotations

import json
from pathlib import Path

import torch

from mmlandmark.models.converters import KeypointConverter
from mmlandmark.models.converters.checkpoint import META_KEY, PREFIX


def write_converter(path: str | Path, converter: KeypointConverter) -> None:
    """Write a checkpoint that is enough by itself."""
    state = {PREFIX + key: value for key, value in converter.state_dict().items()}
    meta = {META_KEY: json.dumps(converter.describe())}
    torch.save(dict(state_dict=state, meta=meta), path)
