"""Networks and closed-form fits that turn points into points; numpy and torch only.

To add a network: write an ``nn.Module`` in ``networks/`` whose constructor takes a
``NetworkContext`` first and whose ``forward(points (B, S, 2), visible (B, S))`` returns (B, T, 2);
decorate it with ``@register_network('short_name')``; name it in a config as
``network=dict(type='short_name', ...)``.
"""

from mmlandmark.models.converters import networks  # noqa: F401  registers them
from mmlandmark.models.converters.affine import AffineFit, fit_affine
from mmlandmark.models.converters.converter import ConverterOutput, KeypointConverter
from mmlandmark.models.converters.frames import BBoxNormalizer, Frame, SimilarityNormalizer
from mmlandmark.models.converters.kriging import complete_points, fit_variogram
from mmlandmark.models.converters.registry import (
    NetworkContext,
    build_network,
    list_networks,
    register_network,
)

__all__ = [
    'AffineFit',
    'BBoxNormalizer',
    'ConverterOutput',
    'Frame',
    'KeypointConverter',
    'NetworkContext',
    'SimilarityNormalizer',
    'build_network',
    'complete_points',
    'fit_affine',
    'fit_variogram',
    'list_networks',
    'register_network',
]
