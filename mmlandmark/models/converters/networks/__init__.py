"""Converter networks; importing this package registers them."""

from mmlandmark.models.converters.networks.affine import AffineNetwork
from mmlandmark.models.converters.networks.attention import AttentionNetwork
from mmlandmark.models.converters.networks.graph import GraphNetwork
from mmlandmark.models.converters.networks.mlp import (
    AutoencoderNetwork,
    MinimalMLPNetwork,
    MLPNetwork,
    SimpleLinearNetwork,
)
from mmlandmark.models.converters.networks.residual import ResidualNetwork

__all__ = [
    'AffineNetwork',
    'AttentionNetwork',
    'AutoencoderNetwork',
    'GraphNetwork',
    'MLPNetwork',
    'MinimalMLPNetwork',
    'ResidualNetwork',
    'SimpleLinearNetwork',
]
