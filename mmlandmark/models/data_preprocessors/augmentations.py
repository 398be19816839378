"""Augmentations of whole pair batches: coordinates in, coordinates out, on their device.

Points are moved as complex numbers x + iy: a linear map is ``a z + b conj(z)``, which costs a
tenth of a batch of products with 2 x 2 matrices.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from mmpose.registry import MODELS
from torch import Tensor
from torch.nn import functional

from mmlandmark.errors import LandmarkError


@dataclass
class PairBatch:
    """A pair batch while it is augmented; all in pixels, on one device.

    Args:
        source: (B, S, 2), zeros at unlabelled points.
        source_visible: (B, S) COCO's v.
        target: (B, T, 2), zeros at unlabelled points.
        target_visible: (B, T) COCO's v.
        boxes: (B, 4) source boxes ``x1 y1 x2 y2``.
        axes: (B, 2, 2) the picture's axes, as long as a former pixel.
        center: (B, 1, 2) centroid of the labelled source points, about which things turn.
        unit: (B,) root mean square radius of the labelled source points.
    """

    source: Tensor
    source_visible: Tensor
    target: Tensor
    target_visible: Tensor
    boxes: Tensor
    axes: Tensor
    center: Tensor
    unit: Tensor

    @classmethod
    def from_data(cls, data: dict) -> PairBatch:
        """Read the layout of ``PairedKeypointDataset``; nothing in ``data`` is changed later."""
        inputs, samples = data['inputs'], data['data_samples']
        visible = inputs['keypoints_visible']
        source = _masked(_complex(inputs['keypoints']), visible)
        count = (visible > 0).sum(1).clamp(min=1)
        center = source.sum(1) / count
        away = torch.view_as_real(_masked(source - center[:, None], visible))
        unit = (away.square().sum((1, 2)) / count).sqrt()
        target = _masked(_complex(samples['keypoints']), samples['keypoints_visible'])
        return cls(
            source=torch.view_as_real(source),
            source_visible=visible,
            target=torch.view_as_real(target),
            target_visible=samples['keypoints_visible'],
            boxes=inputs['bboxes'],
            axes=torch.eye(2, device=source.device).expand(len(source), 2, 2),
            center=torch.view_as_real(center)[:, None],
            unit=torch.where(unit > 1e-6, unit, torch.ones_like(unit)),
        )

    def to_data(self, data: dict) -> dict:
        """Return ``data`` with these tensors in place of its own."""
        inputs = dict(
            data['inputs'],
            keypoints=self.source,
            keypoints_visible=self.source_visible,
            bboxes=self.boxes,
            axes=self.axes,
            unit=self.unit,
        )
        samples = dict(
            data['data_samples'],
            keypoints=self.target,
            keypoints_visible=self.target_visible,
        )
        return dict(data, inputs=inputs, data_samples=samples)

    def transform(self, linear: Tensor, shift: Tensor) -> None:
        """Apply ``linear`` (B, 2, 2) about the centroid and then ``shift`` (B, 1, 2).

        The new box is the one around the old one's moved corners.
        """
        center = _complex(self.center)
        # linear @ z as a z + b conj(z); each (B, 1)
        (xx, xy), (yx, yy) = linear.permute(1, 2, 0)[..., None].unbind(0)
        a = torch.complex(xx + yy, yx - xy) / 2
        b = torch.complex(xx - yy, yx + xy) / 2
        x1, y1, x2, y2 = self.boxes.unbind(1)
        corners = torch.complex(
            torch.stack([x1, x2, x2, x1], dim=1), torch.stack([y1, y1, y2, y2], dim=1)
        )
        parts = [_complex(self.source), _complex(self.target), corners]
        local = torch.cat(parts, dim=1) - center
        moved = a * local + b * local.conj() + (center + _complex(shift))
        source, target, corners = moved.split([p.shape[1] for p in parts], dim=1)
        self.source = torch.view_as_real(_masked(source, self.source_visible))
        self.target = torch.view_as_real(_masked(target, self.target_visible))
        corners = torch.view_as_real(corners)
        self.boxes = torch.cat([corners.amin(1), corners.amax(1)], dim=1)
        size = torch.linalg.det(linear).abs().sqrt()
        self.axes = linear @ self.axes
        self.unit = self.unit * size
        self.center = self.center + shift


def _complex(points: Tensor) -> Tensor:
    return torch.view_as_complex(points.contiguous())


def _masked(points: Tensor, visible: Tensor) -> Tensor:
    return torch.where(visible > 0, points, 0.0)


class _Augmentation:
    def __init__(self, flips: Sequence[Tensor]) -> None:
        self.source_flip, self.target_flip = flips


def _check_share(owner: str, name: str, value: float) -> float:
    if not 0 <= value <= 1:
        raise LandmarkError(f'{owner}: {name} is {value}, expected a number from 0 to 1')
    return value


@MODELS.register_module()
class RandomKeypointFlip(_Augmentation):
    """Mirror instances; left and right points change places.

    Args:
        prob: Share of instances.
        flips: Flip indices of source and target, set by the preprocessor.
    """

    def __init__(self, flips: Sequence[Tensor], prob: float = 0.5) -> None:
        super().__init__(flips)
        self.prob = _check_share('RandomKeypointFlip', 'prob', prob)

    def __call__(self, batch: PairBatch) -> None:
        """Change the batch in place."""
        chosen = torch.rand(len(batch.source), device=batch.source.device) < self.prob
        middle = 2 * batch.center[:, 0, :1]
        for side, indices in (('source', self.source_flip), ('target', self.target_flip)):
            points, visible = _complex(getattr(batch, side)), getattr(batch, f'{side}_visible')
            indices = indices.to(points.device)
            seen = visible.index_select(1, indices)
            flipped = _masked(middle - points.index_select(1, indices).conj(), seen)
            flipped = torch.where(chosen[:, None], flipped, points)
            setattr(batch, side, torch.view_as_real(flipped))
            setattr(batch, f'{side}_visible', torch.where(chosen[:, None], seen, visible))
        x1, y1, x2, y2 = batch.boxes.unbind(1)
        middle = middle[:, 0]
        mirrored = torch.stack([middle - x2, y1, middle - x1, y2], dim=1)
        batch.boxes = torch.where(chosen[:, None], mirrored, batch.boxes)
        mirror = torch.tensor([[-1.0, 0.0], [0.0, 1.0]], device=batch.axes.device)
        batch.axes = torch.where(chosen[:, None, None], mirror @ batch.axes, batch.axes)


@MODELS.register_module()
class RandomSimilarity(_Augmentation):
    """Turn, scale and shift source and target together, about the centroid of the source.

    Args:
        rotation: Standard deviation in degrees.
        scale: Standard deviation of the log of the factor.
        translation: Standard deviation in units of the instance's size.
        flips: Not needed here.
    """

    def __init__(
        self,
        flips: Sequence[Tensor],
        rotation: float = 20.0,
        scale: float = 0.1,
        translation: float = 0.0,
    ) -> None:
        super().__init__(flips)
        self.rotation, self.scale, self.translation = math.radians(rotation), scale, translation

    def __call__(self, batch: PairBatch) -> None:
        """Change the batch in place."""
        num, device = len(batch.source), batch.source.device
        angle = torch.randn(num, device=device) * self.rotation
        factor = torch.exp(torch.randn(num, device=device) * self.scale)
        cos, sin = factor * angle.cos(), factor * angle.sin()
        linear = torch.stack([cos, -sin, sin, cos], dim=1).view(num, 2, 2)
        shift = torch.randn(num, 1, 2, device=device) * self.translation
        batch.transform(linear, shift * batch.unit[:, None, None])


@MODELS.register_module()
class KeypointNoise(_Augmentation):
    """Disturb labelled source points, as an imperfect detector would.

    Args:
        std: Standard deviation in units of the instance's size.
        flips: Not needed here.
    """

    def __init__(self, flips: Sequence[Tensor], std: float = 0.01) -> None:
        super().__init__(flips)
        self.std = std

    def __call__(self, batch: PairBatch) -> None:
        """Change the batch in place."""
        noise = torch.randn_like(batch.source) * self.std * batch.unit[:, None, None]
        batch.source = torch.where(
            (batch.source_visible > 0)[..., None], batch.source + noise, batch.source
        )


@MODELS.register_module()
class DropKeypoints(_Augmentation):
    """Hide some labelled source points, so that a converter learns to do without them.

    Args:
        prob: Share of instances from which points are dropped.
        max_share: From one point up to this share of the schema's points is dropped.
        min_points: At least so many labelled points stay.
        flips: Not needed here.
    """

    def __init__(
        self,
        flips: Sequence[Tensor],
        prob: float = 0.5,
        max_share: float = 0.5,
        min_points: int = 3,
    ) -> None:
        super().__init__(flips)
        self.prob = _check_share('DropKeypoints', 'prob', prob)
        self.max_share = _check_share('DropKeypoints', 'max_share', max_share)
        self.min_points = min_points

    def __call__(self, batch: PairBatch) -> None:
        """Change the batch in place."""
        num, points = batch.source_visible.shape
        device = batch.source.device
        most = max(1, int(self.max_share * points))
        drop = torch.randint(1, most + 1, (num, 1), device=device)
        drop = torch.where(torch.rand(num, 1, device=device) < self.prob, drop, 0)
        labelled = batch.source_visible > 0
        drop = torch.minimum(drop, (labelled.sum(1, keepdim=True) - self.min_points).clamp(min=0))
        # unlabelled points sort last, so that the drop falls on labelled ones alone
        order = torch.rand(num, points, device=device).masked_fill(~labelled, 2.0)
        least = functional.pad(order.sort(1).values, (0, 1), value=3.0).gather(1, drop)
        batch.source_visible = torch.where(order >= least, batch.source_visible, 0)
        batch.source = torch.view_as_real(_masked(_complex(batch.source), batch.source_visible))
