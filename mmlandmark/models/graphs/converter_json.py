"""A converter as plain JSON, for `NumpyConverter`."""

from __future__ import annotations

from typing import Any

import torch

from mmlandmark.errors import LandmarkError
from mmlandmark.exported.arrays import pack_array
from mmlandmark.exported.attention import NETWORKS
from mmlandmark.exported.info import ConverterInfo
from mmlandmark.models.converters import KeypointConverter
from mmlandmark.models.converters.kriging import NUGGET
from mmlandmark.models.converters.registry import list_networks
from mmlandmark.models.converters.support import SUPPORT_SHARE

_KEPT = ('affine_weight', 'affine_offset', 'offset', 'gate', 'covered')


def converter_to_json(converter: KeypointConverter, info: ConverterInfo) -> dict[str, Any]:
    """Return all of a trained converter as dicts, lists, texts and numbers.

    Args:
        converter: The converter.
        info: What its file shall say of itself.

    Raises:
        LandmarkError: Its network has no form in numpy.
    """
    kind = next(k for k, cls in list_networks().items() if cls is type(converter.network))
    if kind not in NETWORKS:
        raise LandmarkError(
            f'the network {kind!r} has no form in numpy, there are {", ".join(NETWORKS)}; export '
            'the converter as .onnx'
        )
    state = converter.state_dict()
    own = 'variogram' if converter.completion.method == 'kriging' else 'mean_shape'
    names = [*_KEPT, f'completion.{own}']
    names += [name for name in state if name.startswith(('network.', 'uncertainty.'))]
    arrays = {name: state[name] for name in names}
    network: dict[str, Any] = dict(type=kind)
    if kind == 'gnn':
        arrays['network.adjacency'] = converter.network.adjacency
    if kind == 'mlp_attention':
        network['num_heads'] = converter.network.read.num_heads
    options = converter.options
    return dict(
        info=info.to_json(),
        options=dict(
            network=network,
            missing=options['missing'],
            image_offset=options['image_offset'],
            flip_average=options['flip_average'],
            support_share=float(SUPPORT_SHARE),
            nugget=float(NUGGET),
        ),
        arrays={name: _packed(array) for name, array in arrays.items()},
    )


def _packed(array: torch.Tensor) -> dict[str, Any]:
    return pack_array(array.detach().cpu().numpy())
