"""A model from a config and a checkpoint that must be its own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import torch
from mmengine.config import Config
from torch import nn

from mmlandmark.apis import config_files
from mmlandmark.engine.checkpoint_check import is_needed
from mmlandmark.errors import LandmarkError


def read_config(config: str | os.PathLike | Config) -> tuple[Config, str]:
    """Return a config and what messages call it.

    Args:
        config: A config, its path, or ``PACKAGE::PATH`` of one that a package ships, such as
            ``mmdet::rtmdet/rtmdet_tiny_8xb32-300e_coco.py``.

    Raises:
        LandmarkError: It is missing, cannot be read, or has no model.
    """
    if config is None:
        raise LandmarkError('no config was given; expected that of a trained model')
    if isinstance(config, Config):
        cfg, name = deepcopy(config), str(config.filename or 'the config')
    else:
        cfg, name = config_files.read_config(str(config)), str(config)
    if not isinstance(cfg.get('model'), Mapping):
        raise LandmarkError(f'{name}: has no model; expected the config of a trained model')
    if 'preprocess_cfg' in cfg:
        cfg.model.setdefault('data_preprocessor', cfg.preprocess_cfg)
    return cfg, name


def without_pretrained(node: Any) -> None:
    """Take out of a model's config where its first weights come from: the checkpoint has all."""
    if isinstance(node, (list, tuple)):
        for item in node:
            without_pretrained(item)
    if isinstance(node, Mapping):
        init = node.get('init_cfg')
        if isinstance(init, Mapping) and init.get('type') == 'Pretrained':
            node['init_cfg'] = None
        for value in node.values():
            without_pretrained(value)


def read_checkpoint(checkpoint: str | os.PathLike) -> dict[str, Any]:
    """Return the content of a checkpoint file or address, running no code from it.

    Raises:
        LandmarkError: It is missing, damaged, cannot be downloaded, or holds no weights.
    """
    from mmengine.runner.checkpoint import CheckpointLoader

    if checkpoint is None:
        raise LandmarkError('no checkpoint was given; expected the weights of a trained model')
    try:
        content = CheckpointLoader.load_checkpoint(str(checkpoint), map_location='cpu')
    except FileNotFoundError:
        raise LandmarkError(f'{checkpoint}: no such checkpoint file') from None
    except OSError as error:  # also what urllib raises
        reason = getattr(error, 'reason', None) or error
        raise LandmarkError(
            f'{checkpoint}: cannot be loaded ({reason}); without a network, fetch it on another '
            'machine and give the file'
        ) from error
    if not isinstance(content, Mapping):
        raise LandmarkError(
            f'{checkpoint}: holds a {type(content).__name__}; expected a checkpoint of a training'
        )
    _check_parts(content, str(checkpoint))
    return dict(content)


def _check_parts(content: Mapping[str, Any], checkpoint: str) -> None:
    meta = content.get('meta') or {}
    parts = {'state_dict': content.get('state_dict', {}), 'meta': meta}
    if isinstance(meta, Mapping):
        parts['dataset_meta'] = meta.get('dataset_meta') or {}
    for name, part in parts.items():
        if not isinstance(part, Mapping):
            raise LandmarkError(
                f'{checkpoint}: its {name!r} is a {type(part).__name__}; expected a checkpoint of '
                'a training'
            )


def load_weights(
    model: nn.Module, content: Mapping[str, Any], checkpoint: str, config: str, outputs: str = ''
) -> None:
    """Load a checkpoint that must have every weight of a model, in its shape.

    Args:
        model: The model.
        content: What ``read_checkpoint`` returned.
        checkpoint: Its name, for messages.
        config: The name of the model's config, for messages.
        outputs: What the first axis of the last layer counts, for messages.

    Raises:
        LandmarkError: Weights are missing or of other shapes, or were made for other keypoints.
    """
    state = content.get('state_dict', content)
    state = {key.removeprefix('module.'): v for key, v in state.items() if torch.is_tensor(v)}
    own = model.state_dict()
    needed = [key for key in own if is_needed(key)]
    try:
        _compare({key: (state[key], own[key]) for key in needed if key in state}, outputs)
        missing = [key for key in needed if key not in state]
        if missing:  # or has another name: loading renames weights of older versions
            found = deepcopy(model).load_state_dict(state, strict=False).missing_keys
            missing = [key for key in missing if key in found]
        if len(missing) == len(needed):
            raise LandmarkError('it holds no weights of the model')
        if missing:
            raise LandmarkError(f'{len(missing)} weights are missing, the first is {missing[0]}')
        model.load_state_dict(state, strict=False)
    except LandmarkError as error:
        raise LandmarkError(f'{checkpoint}: does not fit {config}: {error}') from error


def _compare(pairs: Mapping[str, tuple[torch.Tensor, torch.Tensor]], outputs: str) -> None:
    other = {key: (a.shape, b.shape) for key, (a, b) in pairs.items() if a.shape != b.shape}
    if not other:
        return
    key, (found, expected) = next(iter(other.items()))
    counts = {(a[0], b[0]) for a, b in other.values() if len(a) and len(a) == len(b)}
    only_first = all(a[1:] == b[1:] for a, b in other.values())
    if outputs and only_first and len(counts) == 1:
        raise LandmarkError(f'it is for {found[0]} {outputs}, the config for {expected[0]} ({key})')
    raise LandmarkError(
        f'{len(other)} weights are of other shapes, the first is {key}: {tuple(found)}, expected '
        f'{tuple(expected)}'
    )
