"""The configs of the decoders of a head that has one per data set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmengine.config import Config
from mmpose.models.heads import HeatmapHead, RTMCCHead, SimCCHead
from mmpose.registry import KEYPOINT_CODECS, MODELS
from torch import nn

from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.models.heads.device_heads import (
    DeviceHeadMixin,
    DeviceHeatmapHead,
    DeviceRTMCCHead,
    DeviceSimCCHead,
)
from mmlandmark.models.heads.loss_reduction import encoded_rows, loss_reduction, masked_reduction
from mmlandmark.schemas import KeypointSchema

_SIMCC_HEADS = (SimCCHead, RTMCCHead)
_DEVICE_HEADS = {
    HeatmapHead: DeviceHeatmapHead,
    SimCCHead: DeviceSimCCHead,
    RTMCCHead: DeviceRTMCCHead,
}


def decoder_configs(
    schemas: Mapping[str, KeypointSchema],
    decoder_head: Mapping[str, Any],
    overrides: Mapping[str, Mapping[str, Any]],
    where: str,
) -> dict[str, dict[str, Any]]:
    """Return the config of each decoder, ``out_channels`` included.

    Args:
        schemas: Data set name -> schema of its labels.
        decoder_head: What the decoders have in common.
        overrides: Data set name -> settings merged over ``decoder_head``, as MMEngine merges a
            config over its base.
        where: Whose decoders these are, for the message.

    Raises:
        LandmarkError: An override is for an unknown data set, ``out_channels`` is given, or the
            type is none of a heatmap, SimCC or RTMCC head.
    """
    for name in overrides:
        if name not in schemas:
            raise LandmarkError(
                f'{where}: decoders has settings for {name!r}, which is none of the data sets '
                f'{", ".join(schemas)}{nearest(name, schemas)}'
            )
    configs = {}
    for name, schema in schemas.items():
        whole = Config(dict(head=dict(decoder_head)))
        whole.merge_from_dict(dict(head=dict(overrides.get(name, {}))))
        config, at = whole.to_dict()['head'], f'{where}, decoder {name!r}'
        if 'out_channels' in config:
            raise LandmarkError(
                f'{at}: out_channels follows from the schema {schema.name!r}; leave it out'
            )
        simcc = issubclass(head_class(config, at), _SIMCC_HEADS)
        config['out_channels'] = schema.num_keypoints * _maps(config.get('decoder'), simcc)
        configs[name] = config
    return configs


def decoding_on_device(
    configs: Mapping[str, Mapping[str, Any]], where: str
) -> dict[str, dict[str, Any]]:
    """Return the configs of decoders with ``decoding='device'``.

    Raises:
        LandmarkError: A decoder's type has no counterpart that decodes on the device.
    """
    changed = {}
    for name, config in configs.items():
        at = f'{where}, decoder {name!r}'
        kind = head_class(config, at)
        if not issubclass(kind, DeviceHeadMixin):
            if kind not in _DEVICE_HEADS:
                raise LandmarkError(
                    f"{at}: {kind.__name__} does not decode on the device; set decoding='codec' or "
                    f'one of the types {", ".join(known.__name__ for known in _DEVICE_HEADS)}'
                )
            kind = _DEVICE_HEADS[kind]
        changed[name] = {**config, 'type': kind, 'decoding': 'device'}
    return changed


def head_class(config: Mapping[str, Any], where: str) -> type:
    """Return the class of a decoder's config.

    Raises:
        LandmarkError: It is none that a decoder can be.
    """
    kind = config.get('type')
    found = MODELS.get(kind) if isinstance(kind, str) else kind
    if not isinstance(found, type) or not issubclass(found, (HeatmapHead, *_SIMCC_HEADS)):
        raise LandmarkError(
            f'{where}: type {kind!r} is none of HeatmapHead, SimCCHead and RTMCCHead or of their '
            'subclasses'
        )
    return found


def uses_simcc(decoder: nn.Module) -> bool:
    """Whether a decoder gives SimCC vectors rather than maps."""
    return isinstance(decoder, _SIMCC_HEADS)


def decoder_reductions(
    decoders: Mapping[str, nn.Module], where: str, masked: bool
) -> dict[str, str]:
    """Return ``loss_reduction`` of each decoder's loss, or ``masked_reduction``.

    Raises:
        LandmarkError: A loss has no value per keypoint; names the decoder.
    """
    reductions = {}
    for name, decoder in decoders.items():
        loss = decoder.loss_module, decoder.decoder, f'{where}, decoder {name!r}'
        reduction = loss_reduction(*loss, uses_simcc(decoder))
        if masked:
            reduction = masked_reduction(reduction, *loss, uses_simcc(decoder))
        reductions[name] = reduction
    return reductions


def _maps(codec: Any, simcc: bool) -> int:
    """How many channels a keypoint has: UDP's combined maps are three."""
    if codec is None or simcc:
        return 1
    return encoded_rows(KEYPOINT_CODECS.build(codec))[0].shape[1]
