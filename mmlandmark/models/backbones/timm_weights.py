"""Weights of a model of timm from a file or an address; reading one runs no code."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from mmlandmark.errors import LandmarkError
from mmlandmark.models.downloads import WEB, cached, download

INSIDE = ('state_dict', 'model', 'model_state', 'state_dict_ema')
"""Keys under which training scripts keep the weights."""


def read_weights(source: str, where: str) -> dict[str, Tensor]:
    """Return the weights of a file by name.

    Args:
        source: Path or address of a .pth, .pt, .bin or .safetensors file.
        where: Who asks, for the message.

    Raises:
        LandmarkError: It is not there, cannot be downloaded, or holds no weights.
    """
    path = Path(source)
    if source.startswith(WEB):
        path = cached(source)
        if not path.exists():
            download('model.backbone.pretrained', source, path)
    if not path.is_file():
        raise LandmarkError(f'{where}: pretrained: there is no file {source}')
    content = _read(path, f'{where}: pretrained: {path}')
    for key in INSIDE:
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
            break
    if not isinstance(content, Mapping) or not content:
        raise LandmarkError(f'{where}: pretrained: {path} holds no weights by name')
    weights = {key.removeprefix('module.'): value for key, value in content.items()}
    if not all(isinstance(value, Tensor) for value in weights.values()):
        raise LandmarkError(f'{where}: pretrained: {path} holds other things than weights')
    return weights


def _read(path: Path, where: str) -> object:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    damaged = (OSError, RuntimeError, ValueError, EOFError, KeyError)
    try:
        if path.suffix == '.safetensors':
            return load_file(path)
        return torch.load(path, map_location='cpu', weights_only=True)
    except pickle.UnpicklingError as error:
        # torch's advice is to read it all the same, which may run code
        raise LandmarkError(f'{where}: is no file of weights and nothing but weights') from error
    except (*damaged, SafetensorError) as error:
        reason = ' '.join(str(error).split())[:200] or type(error).__name__
        raise LandmarkError(f'{where}: cannot be read: {reason}') from error
