"""Weights and colour statistics of the encoders that segmentation-models-pytorch itself has."""

from __future__ import annotations

import json
from pathlib import Path

from torch import nn

from mmlandmark.errors import LandmarkError
from mmlandmark.models.backbones.normalization import ColorStatistics
from mmlandmark.models.backbones.timm_weights import read_weights

SETTINGS = 'config.json'
"""The file that is published beside the weights; it tells mean and std."""


def pretrained_encoder(
    encoder: nn.Module,
    name: str,
    pretrained: bool | str | Path,
    wants_statistics: bool,
    where: str,
) -> ColorStatistics | None:
    """Load weights into an encoder and return the statistics that belong to them.

    Args:
        encoder: The encoder.
        name: What segmentation-models-pytorch calls it.
        pretrained: True for its weights of ImageNet, or for the first set where there are none;
            the name of a set; or the path or address of a file.
        wants_statistics: Whether mean and std must be told.
        where: Who asks, for the message.

    Raises:
        LandmarkError: They cannot be had, are those of another encoder, or nothing tells mean and
            std though they are wanted.
    """
    from segmentation_models_pytorch.encoders import encoders

    sets = encoders[name]['pretrained_settings']
    weights = str(pretrained)
    if pretrained is True:
        weights = 'imagenet' if 'imagenet' in sets else next(iter(sets))
    settings = Path(weights).with_name(SETTINGS)
    if weights in sets:
        weights, settings = _published(sets[weights], f'{name} {weights}', where)
    try:
        encoder.load_state_dict(read_weights(weights, where))
    except (RuntimeError, KeyError) as error:
        reason = ' '.join(str(error).split())[:300]
        raise LandmarkError(
            f'{where}: {weights} holds no weights of this encoder: {reason}'
        ) from error
    return _statistics(settings, where) if wants_statistics else None


def _published(at: dict[str, str], what: str, where: str) -> tuple[str, Path]:
    from huggingface_hub import hf_hub_download

    try:
        files = [
            Path(hf_hub_download(at['repo_id'], filename=file, revision=at['revision']))
            for file in ('model.safetensors', SETTINGS)
        ]
    # the client raises what its own parts raise
    except Exception as error:
        reason = ' '.join(str(error).split())[:300] or type(error).__name__
        raise LandmarkError(
            f'{where}: cannot get the weights {what} of {at["repo_id"]} ({reason}); fetch '
            f'model.safetensors and {SETTINGS} on another machine, put them side by side and pass '
            '--cfg-options model.backbone.pretrained=FILE, or False for none'
        ) from error
    return str(files[0]), files[1]


def _statistics(settings: Path, where: str) -> ColorStatistics:
    if not settings.is_file():
        raise LandmarkError(
            f'{where}: nothing tells mean and std of these weights: put their {SETTINGS} beside '
            'the file, or pass normalize=dict(mean=, std=) in levels 0 to 255'
        )
    try:
        content = json.loads(settings.read_text(encoding='utf-8'))
    except ValueError as error:
        raise LandmarkError(f'{settings}: is no JSON: {error}') from error
    return ColorStatistics.from_settings(content, str(settings))
