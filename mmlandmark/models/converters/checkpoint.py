"""A converter from its checkpoint alone, without running any code that the file holds."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Mapping as MappingType
from pathlib import Path
from typing import Any

import torch

from mmlandmark._stack import mended_stack, require_stack
from mmlandmark.checkpoint_files import check_kind
from mmlandmark.errors import LandmarkError
from mmlandmark.models.converters.converter import KeypointConverter
from mmlandmark.models.devices import choose_device
from mmlandmark.schemas import KeypointSchema
from mmlandmark.schemas.schema import schema_from_json

META_KEY = 'mmlandmark_converter'
PREFIX = 'head.converter.'

_AFTER_REASON = re.compile(r' was not an allowed|\.? Check the documentation')

# The log of a training holds the schemas of its data, also where no data set is registered.
torch.serialization.add_safe_globals([schema_from_json])


def load_converter(path: str | Path, device: str | torch.device = 'cpu') -> KeypointConverter:
    """Rebuild a trained converter.

    Args:
        path: Checkpoint that ``tools/train.py`` wrote.
        device: Where it shall live.

    Returns:
        The converter in evaluation mode.

    Raises:
        LandmarkError: The file is missing, cut short, would run code, or is no converter's; or
            the device cannot be used.
        ImportError: The file is of a training, whose log is MMEngine's, which is missing.
    """
    path, device = Path(path), choose_device(device)
    checkpoint = _load(path)
    meta = checkpoint.get('meta') if isinstance(checkpoint, dict) else None
    text = meta.get(META_KEY) if isinstance(meta, dict) else None
    if text is None or not isinstance(checkpoint.get('state_dict'), dict):
        raise LandmarkError(f'{path}: not the checkpoint of a LandmarkConverter')
    try:
        converter = KeypointConverter.from_description(json.loads(text))
    except (LandmarkError, TypeError, ValueError, KeyError) as error:
        raise LandmarkError(f'{path}: its description builds no converter: {error!r}') from error
    state = _own(checkpoint['state_dict'])
    try:
        converter.load_state_dict(state)
    except RuntimeError as error:
        reason = ' '.join(str(error).split())
        raise LandmarkError(f'{path}: weights do not fit their description: {reason}') from error
    return converter.to(device).eval()


def _own(state_dict: MappingType[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return the converter's part of a whole model's weights."""
    return {k.removeprefix(PREFIX): v for k, v in state_dict.items() if k.startswith(PREFIX)}


def _load(path: Path) -> Any:
    if not path.is_file():
        raise LandmarkError(f'{path}: no such checkpoint')
    check_kind(path, 'the checkpoint of a LandmarkConverter')
    trained = mended_stack()  # allows what a training's log is made of
    try:
        return torch.load(path, map_location='cpu', weights_only=True)
    except pickle.UnpicklingError as error:
        reason = ' '.join(str(error).split()).split('WeightsUnpickler error: ')[-1]
        if not trained and 'mmengine' in reason:
            require_stack(f'{path}: the checkpoint of a training', mend=False)
        raise LandmarkError(
            f'{path}: refused: it is damaged, or holds more than weights and numbers and loading '
            f'it would run code ({_AFTER_REASON.split(reason)[0]})'
        ) from error
    except (RuntimeError, EOFError, OSError) as error:
        reason = ' '.join(str(error).split())[:200]
        raise LandmarkError(f'{path}: not a readable checkpoint ({reason})') from error


def check_same_weights(
    description: MappingType[str, Any],
    state_dict: MappingType[str, torch.Tensor],
    converter: KeypointConverter,
) -> None:
    """Raise a LandmarkError if a checkpoint's weights are not those of a converter.

    MMEngine loads what fits and only warns of the rest, which leaves a network half untrained.
    """
    stored = {k: v.shape for k, v in _own(state_dict).items()}
    stored.setdefault('covered', converter.covered.shape)  # older checkpoints do not say it
    wanted = {k: v.shape for k, v in converter.state_dict().items()}
    if stored == wanted:
        return
    kinds = [dict(o['network']) for o in (description, converter.options)]
    differ = sorted(k for k in {*stored, *wanted} if stored.get(k) != wanted.get(k))
    raise LandmarkError(
        f'the checkpoint has the network {kinds[0]}, the config {kinds[1]}: {differ[0]!r} and '
        f'{len(differ) - 1} other weights differ'
    )


def check_same_schemas(description: MappingType[str, Any], converter: KeypointConverter) -> None:
    """Raise a LandmarkError if a checkpoint's description has other schemas than a converter."""
    for side in ('source', 'target'):
        stored = KeypointSchema.from_json(description[f'{side}_schema'])
        wanted: KeypointSchema = getattr(converter, f'{side}_schema')
        if not stored.same_keypoints(wanted):
            raise LandmarkError(
                f'the checkpoint has {side} schema {stored.name!r}, the config {wanted.name!r}: '
                f'{stored.differences(wanted)}'
            )
