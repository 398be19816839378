"""Losses on distances between predicted and labelled points.

Every loss is masked by the supervision mask, takes distances in units of the instance's size, and
is divided by the number of supervised keypoints over all processes. To add one: subclass
``PointLoss`` and write ``penalty``; register it in MMPose's ``MODELS``. ``BalancedHeatmapLoss``
is for heads that make heatmaps, a ``ChannelMapLoss`` for maps of channels.
"""

from mmlandmark.models.losses.base import PointLoss, mean_over_supervised
from mmlandmark.models.losses.channel_base import ChannelMapLoss
from mmlandmark.models.losses.channel_maps import (
    ChannelBCELoss,
    ChannelFocalLoss,
    ChannelMSELoss,
)
from mmlandmark.models.losses.heatmap import BalancedHeatmapLoss
from mmlandmark.models.losses.robust import (
    CauchyPointLoss,
    L1PointLoss,
    MSEPointLoss,
    SmoothL1PointLoss,
    WingPointLoss,
)
from mmlandmark.models.losses.student_t import StudentTPointLoss

__all__ = [
    'BalancedHeatmapLoss',
    'CauchyPointLoss',
    'ChannelBCELoss',
    'ChannelFocalLoss',
    'ChannelMSELoss',
    'ChannelMapLoss',
    'L1PointLoss',
    'MSEPointLoss',
    'PointLoss',
    'SmoothL1PointLoss',
    'StudentTPointLoss',
    'WingPointLoss',
    'mean_over_supervised',
]
