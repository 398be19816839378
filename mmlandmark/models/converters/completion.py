"""How a converter fills in missing source points."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mmlandmark.errors import LandmarkError
from mmlandmark.geometry import flip_points
from mmlandmark.models.converters.kriging import add_nugget, complete_points, fit_variogram

METHODS = ('kriging', 'mean')
NUGGETS = (0.0, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3)
"""What a point's own error may be, as a share of the mean variogram."""


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
    def fit(self, points: Tensor, visible: Tensor, flip: Tensor | None = None) -> None:
        """Learn from instances, and from their mirror images where flip indices are given.

        Args:
            points: (N, S, 2) pixels.
            visible: (N, S) bool.
            flip: (S,) flip indices, so that the completion commutes with the flip; or None.
        """
        if flip is not None:
            points = torch.cat([points, flip_points(points, flip)])
            visible = torch.cat([visible, visible[:, flip]])
        self.variogram.copy_(choose_variogram(points, visible))
        # of complete shapes, or a hidden point would pull the mean of those that are seen with it
        complete = complete_points(points, visible, self.variogram)
        center = complete.mean(1, keepdim=True)
        size = (complete - center).square().sum(-1).mean(1).sqrt().clamp(min=1e-6)
        self.mean_shape.copy_(((complete - center) / size[:, None, None]).mean(0))

    def forward(self, points: Tensor, visible: Tensor) -> Tensor:
        """Return complete (B, S, 2) points; labelled ones as they were."""
        if self.method == 'kriging':
            return complete_points(points, visible, self.variogram)
        labelled = visible[..., None]
        clean = torch.where(labelled, points, 0.0)
        center = clean.sum(1, keepdim=True) / labelled.sum(1, keepdim=True).clamp(min=1)
        size = _size(points, visible)[:, None, None]
        return torch.where(labelled, clean, center + self.mean_shape.to(points.dtype) * size)


def choose_variogram(points: Tensor, visible: Tensor, max_instances: int = 2000) -> Tensor:
    """Fit the variogram and the error of single points that fill in hidden points best.

    A third of the labelled points of each instance is hidden and filled in from the others. The
    fewer instances there are, or the less they have in common, the larger an error serves best.

    Args:
        points: (N, S, 2) pixels.
        visible: (N, S) bool.
        max_instances: How many are tried.

    Returns:
        (S, S) variogram.
    """
    variogram = fit_variogram(points, visible)
    generator = torch.Generator().manual_seed(0)
    chosen = torch.randperm(len(points), generator=generator)[:max_instances].to(points.device)
    points, visible = points[chosen].double(), visible[chosen]
    hidden = torch.rand(visible.shape, generator=generator).to(points.device) < 1 / 3
    kept = visible & ~hidden
    judged = visible & hidden & (kept.sum(1, keepdim=True) >= 2)
    if not bool(judged.any()):
        return variogram
    size = _size(points, visible)
    best, least = variogram, None
    for nugget in NUGGETS:
        candidate = add_nugget(variogram, nugget)
        distance = (complete_points(points, kept, candidate) - points).square().sum(-1).sqrt()
        error = float((distance / size[:, None])[judged].mean())
        if least is None or error < least:
            best, least = candidate, error
    return best


def _size(points: Tensor, visible: Tensor) -> Tensor:
    """Return the root mean square radius (B,) of the labelled points."""
    weight = visible[..., None].to(points.dtype)
    count = weight.sum(1, keepdim=True).clamp(min=1)
    clean = torch.where(visible[..., None], points, 0.0)
    center = clean.sum(1, keepdim=True) / count
    square = ((clean - center).square() * weight).sum((1, 2)) / count[:, 0, 0]
    return square.sqrt().clamp(min=1e-6)
