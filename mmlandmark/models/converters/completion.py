"""How a converter fills in missing source points."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mmlandmark.errors import LandmarkError
from mmlandmark.models.converters.kriging import complete_points, fit_variogram

METHODS = ('kriging', 'mean')


class Completion(nn.Module):
    """Fills in missing points by ``kriging`` (see that module) or from the ``mean`` shape.

    The mean shape is placed by the centroid and the size of the labelled points; it is the usual
    imputation and is here to be compared with.

    Args:
        num_points: Points of the source schema.
        method: ``kriging`` or ``mean``.

    Raises:
        LandmarkError: The method is unknown.
    """

    def __init__(self, num_points: int, method: str = 'kriging') -> None:
        super().__init__()
        if method not in METHODS:
            raise LandmarkError(
                f'unknown handling of missing points {method!r}, expected one of {METHODS}'
            )
        self.method = method
        self.register_buffer('variogram', 1 - torch.eye(num_points, dtype=torch.float64))
        self.register_buffer('mean_shape', torch.zeros(num_points, 2, dtype=torch.float64))

    @torch.no_grad()
    def fit(self, points: Tensor, visible: Tensor) -> None:
        """Learn from (N, S, 2) pixels with (N, S) bool which points are labelled."""
        self.variogram.copy_(fit_variogram(points, visible))
        # of complete shapes, or a hidden point would pull the mean of those that are seen with it
        complete = complete_points(points, visible, self.variogram)
        center = complete.mean(1, keepdim=True)
        size = (complete - center).square().sum(-1).mean(1).sqrt().clamp(min=1e-6)
        self.mean_shape.copy_(((complete - center) / size[:, None, None]).mean(0))

    def forward(self, points: Tensor, visible: Tensor) -> Tensor:
        """Return complete (B, S, 2) points; labelled ones as they were."""
        if self.method == 'kriging':
            return complete_points(points, visible, self.variogram)
        weight = visible[..., None].to(points.dtype)
        count = weight.sum(1, keepdim=True).clamp(min=1)
        clean = torch.where(visible[..., None], points, 0.0)
        center = clean.sum(1, keepdim=True) / count
        size = ((clean - center).square() * weight).sum((1, 2)) / count[:, 0, 0]
        placed = center + self.mean_shape.to(points.dtype) * size.sqrt()[:, None, None]
        return torch.where(visible[..., None], clean, placed)
