"""The attention network in numpy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mmlandmark.errors import LandmarkError
from mmlandmark.exported.arrays import Arrays
from mmlandmark.exported.networks import NETWORKS, Network, gelu, linear, norm


class _Attention:
    """Several heads of attention.

    Args:
        arrays: The weights.
        name: Theirs begin with it.
        width: Of a token.
        heads: How many.
    """

    def __init__(self, arrays: Arrays, name: str, width: int, heads: int) -> None:
        self.weights = np.split(arrays.take(f'{name}.in_proj_weight', 3 * width, width), 3)
        self.biases = np.split(arrays.take(f'{name}.in_proj_bias', 3 * width), 3)
        self.output = linear(arrays, f'{name}.out_proj', width, width)
        self.heads = heads

    def __call__(self, asking: np.ndarray, told: np.ndarray, missing: np.ndarray) -> np.ndarray:
        """Return (N, Q, W) for tokens (N, Q, W) that ask those (N, S, W) that are not missing."""
        query, key, value = (
            self._split(tokens @ weight.T + bias)
            for tokens, weight, bias in zip(
                (asking, told, told), self.weights, self.biases, strict=True
            )
        )
        logits = query @ key.swapaxes(-1, -2) / np.sqrt(query.shape[-1])
        logits = np.where(missing[:, None, None], -np.inf, logits)
        shares = np.exp(logits - logits.max(-1, keepdims=True))
        mixed = (shares / shares.sum(-1, keepdims=True)) @ value
        return self.output(mixed.swapaxes(1, 2).reshape(asking.shape))

    def _split(self, tokens: np.ndarray) -> np.ndarray:
        parts = tokens.reshape(*tokens.shape[:2], self.heads, -1)
        return parts.swapaxes(1, 2)


def attention_network(
    arrays: Arrays, source: int, target: int, options: Mapping[str, Any]
) -> Network:
    """Return the network ``mlp_attention``; see ``build_network``."""
    embedding = arrays.take('network.source_embedding', source, None)
    width, heads = embedding.shape[1], options.get('num_heads')
    if not isinstance(heads, int) or isinstance(heads, bool) or heads < 1 or width % heads:
        raise LandmarkError(f'{arrays.where}: num_heads is {heads!r} for tokens of {width}')
    query = arrays.take('network.target_query', target, width)
    embed = linear(arrays, 'network.embed', 2, width)
    layers = []
    while arrays.has(f'network.encoder.{len(layers)}.norm1.weight'):
        name = f'network.encoder.{len(layers)}'
        hidden = linear(arrays, f'{name}.linear1', width, None)
        back = linear(arrays, f'{name}.linear2', arrays.size(f'{name}.linear1.bias'), width)
        norms = [norm(arrays, f'{name}.norm{number}', width) for number in (1, 2)]
        own = _Attention(arrays, f'{name}.self_attn', width, heads)
        layers.append((norms, own, hidden, back))
    read = _Attention(arrays, 'network.read', width, heads)
    first = norm(arrays, 'network.output.0', width)
    second = linear(arrays, 'network.output.1', width, None)
    third = linear(arrays, 'network.output.3', arrays.size('network.output.1.bias'), 2)

    def forward(points: np.ndarray, visible: np.ndarray) -> np.ndarray:
        missing = ~visible & visible.any(1, keepdims=True)
        tokens = embed(points) + embedding
        for (norm1, norm2), own, hidden, back in layers:
            seen = norm1(tokens)
            tokens = tokens + own(seen, seen, missing)
            tokens = tokens + back(gelu(hidden(norm2(tokens))))
        asked = np.broadcast_to(query, (len(points), *query.shape))
        return third(gelu(second(first(asked + read(asked, tokens, missing)))))

    return forward


NETWORKS['mlp_attention'] = attention_network
