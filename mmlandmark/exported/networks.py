"""The converter networks in numpy, for evaluation only.

To add one: a function from the arrays of a file, the numbers of points and the network's options to
a function of points (N, S, 2) and visible (N, S), and its name in ``NETWORKS``. A name is that of
``register_network``, an array's that of the torch module's weight.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.polynomial import Chebyshev

from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.exported.arrays import Arrays

Network = Callable[[np.ndarray, np.ndarray], np.ndarray]
Function = Callable[[np.ndarray], np.ndarray]

_FLAT = 6.0
"""Beyond it the error function is 1 to all digits."""


def build_network(
    arrays: Arrays, num_source: int, num_target: int, options: Mapping[str, Any]
) -> Network:
    """Return a network.

    Args:
        arrays: Weights under ``network.``.
        num_source: S.
        num_target: T.
        options: ``type``, and what else cannot be told from the weights.

    Raises:
        LandmarkError: There is no such network in numpy, or its weights are not as they must be.
    """
    kind = options.get('type')
    if kind not in NETWORKS:
        raise LandmarkError(
            f'{arrays.where}: the network {kind!r} has no form in numpy'
            f'{nearest(str(kind), NETWORKS)}; there are {", ".join(NETWORKS)}'
        )
    return NETWORKS[kind](arrays, num_source, num_target, options)


def uses_base(kind: str) -> bool:
    """Whether the output is added to the affine base."""
    return kind in ('affine', 'residual')


def mlp(arrays: Arrays, prefix: str, inputs: int, outputs: int, activation: Function) -> Function:
    """Return linear layers with an activation between them, (N, inputs) to (N, outputs)."""
    places = arrays.places(prefix)
    layers, width = [], inputs
    for place in places:
        last = place == places[-1]
        layer = f'{prefix}.{place}'
        weight = arrays.take(f'{layer}.weight', outputs if last else None, width)
        layers.append((weight, arrays.take(f'{layer}.bias', len(weight))))
        width = len(weight)
    if not layers:
        raise LandmarkError(f'{arrays.where}: {prefix} has no layers')

    def forward(values: np.ndarray) -> np.ndarray:
        for number, (weight, bias) in enumerate(layers):
            values = values @ weight.T + bias
            if number < len(layers) - 1:
                values = activation(values)
        return values

    return forward


def relu(values: np.ndarray) -> np.ndarray:
    """Return the values that are above zero, and zero."""
    return np.maximum(values, 0.0)


def gelu(values: np.ndarray) -> np.ndarray:
    """Return torch's GELU, by the error function."""
    scaled = np.clip(values / math.sqrt(2), -_FLAT, _FLAT)
    return values * 0.5 * (1 + _error_function()(scaled))


@functools.cache
def _error_function() -> Chebyshev:
    """Return the error function within ``_FLAT`` of 0, to 1e-12; numpy has none."""
    return Chebyshev.interpolate(np.vectorize(math.erf), 120, domain=(-_FLAT, _FLAT))


def _affine(arrays: Arrays, source: int, target: int, options: Mapping[str, Any]) -> Network:
    return lambda points, visible: np.zeros((len(points), target, 2))


def _residual(arrays: Arrays, source: int, target: int, options: Mapping[str, Any]) -> Network:
    layers = mlp(arrays, 'network.layers', 3 * source, 2 * target, gelu)
    return lambda points, visible: layers(with_missing(points, visible)).reshape(-1, target, 2)


def _flat(arrays: Arrays, source: int, target: int, options: Mapping[str, Any]) -> Network:
    layers = mlp(arrays, 'network.layers', 2 * source, 2 * target, relu)
    return lambda points, visible: layers(points.reshape(len(points), -1)).reshape(-1, target, 2)


def _graph(arrays: Arrays, source: int, target: int, options: Mapping[str, Any]) -> Network:
    adjacency = arrays.take('network.adjacency', source, source)
    identity = arrays.take('network.node_embedding', source, None)
    width = identity.shape[1]
    embed = linear(arrays, 'network.embed', 3, width)
    layers = []
    while arrays.has(f'network.layers.{len(layers)}.norm.weight'):
        name = f'network.layers.{len(layers)}'
        own = linear(arrays, f'{name}.own', width, width)
        neighbours = arrays.take(f'{name}.neighbours.weight', width, width)
        layers.append((norm(arrays, f'{name}.norm', width), own, neighbours))
    output = linear(arrays, 'network.output', source * width, 2 * target)

    def forward(points: np.ndarray, visible: np.ndarray) -> np.ndarray:
        nodes = embed(np.concatenate([points, visible[..., None]], axis=-1)) + identity
        for normalise, own, neighbours in layers:
            hidden = normalise(nodes)
            nodes = nodes + gelu(own(hidden) + (adjacency @ hidden) @ neighbours.T)
        return output(nodes.reshape(len(points), -1)).reshape(-1, target, 2)

    return forward


def linear(arrays: Arrays, name: str, inputs: int, outputs: int | None) -> Function:
    """Return one linear layer."""
    weight = arrays.take(f'{name}.weight', outputs, inputs)
    bias = arrays.take(f'{name}.bias', len(weight))
    return lambda values: values @ weight.T + bias


def norm(arrays: Arrays, name: str, width: int) -> Function:
    """Return a layer norm."""
    weight, bias = (arrays.take(f'{name}.{part}', width) for part in ('weight', 'bias'))

    def forward(values: np.ndarray) -> np.ndarray:
        centred = values - values.mean(-1, keepdims=True)
        return centred / np.sqrt(np.square(centred).mean(-1, keepdims=True) + 1e-5) * weight + bias

    return forward


def with_missing(points: np.ndarray, visible: np.ndarray) -> np.ndarray:
    """Return coordinates (N, 2 S) and flags of missing points (N, S) side by side."""
    return np.concatenate([points.reshape(len(points), -1), ~visible], axis=1)


NETWORKS: dict[str, Callable[[Arrays, int, int, Mapping[str, Any]], Network]] = {
    'affine': _affine,
    'residual': _residual,
    'simple_linear': _flat,
    'minimal_mlp': _flat,
    'mlp': _flat,
    'autoencoder': _flat,
    'gnn': _graph,
}
