"""Weights of a model of timm, its own or of a file; reading one runs no code."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from mmlandmark.errors import LandmarkError
from mmlandmark.models.downloads import WEB, cached, download

INSIDE = ('state_dict', 'model', 'model_state', 'state_dict_ema')
"""Keys under which training scripts keep the weights."""


def loaded_model(
    create: Callable[..., nn.Module], pretrained: bool | str | Path, place: str, where: str
) -> nn.Module:
    """Return a model of timm with pretrained weights in all its layers.

    Args:
        create: Makes the model; takes timm's options ``pretrained`` and
            ``pretrained_cfg_overlay`` and raises LandmarkError.
        pretrained: True for timm's own weights, downloaded; or the path or address of a file.
        place: What timm's own weights are called, for the message.
        where: Who asks, for the message.

    Raises:
        LandmarkError: They cannot be had, are no weights, or are those of another model.
    """
    overlay: dict[str, Any] | None = None
    if pretrained is not True:
        # timm's own reading of a file may run code that stands in it
        overlay = dict(state_dict=read_weights(str(pretrained), where), custom_load=False)
    with torch.random.fork_rng(devices=[]):
        # twice from one seed: what is then alike has been loaded from nowhere
        torch.manual_seed(0)
        fresh = create()
        torch.manual_seed(0)
        try:
            loaded = create(pretrained=True, pretrained_cfg_overlay=overlay)
        except LandmarkError as error:
            reason = error.__cause__ or error
            raise LandmarkError(_unloaded(reason, pretrained, place, where)) from error
    left = [
        name
        for (name, old), new in zip(fresh.named_parameters(), loaded.parameters(), strict=True)
        if old.ndim > 1 and torch.equal(old, new)
    ]
    if left:
        reason = f'it has no {left[0]!r} and {len(left) - 1} more layers'
        raise LandmarkError(_unloaded(reason, pretrained, place, where))
    return loaded


def _unloaded(reason: Any, pretrained: bool | str | Path, place: str, where: str) -> str:
    words = ' '.join(str(reason).split())[:300] or type(reason).__name__
    if pretrained is not True:
        return f'{where}: {pretrained} holds no weights of this model: {words}'
    return (
        f'{where}: cannot get the weights {place} ({words}); fetch them on another '
        'machine and pass --cfg-options model.backbone.pretrained=FILE, or False for none'
    )


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
