"""A detector of channel keypoints from pixels to peaks, as one graph of fixed sizes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmlandmark.models.graphs.detector import PixelGraph

DEFAULTS = dict(threshold=0.1, relative=False, min_distance=1, top_k=20, refine=True)
"""Those of ``find_peaks``."""


class PeakGraph(nn.Module):
    """``find_peaks`` with as many places for every map as the most that are kept.

    It differs in plateaus, cells of exactly equal value, which have no part in maps of a trained
    model: a plateau's first cell is taken, and several of one that is wider than the window.

    Args:
        channels: How many.
        peaks: Options of ``find_peaks``; ``top_k`` a number.
    """

    def __init__(self, channels: int, peaks: Mapping[str, Any]) -> None:
        super().__init__()
        options = {**DEFAULTS, **peaks}
        given = torch.as_tensor(options['threshold'], dtype=torch.float32)
        self.register_buffer('threshold', given.expand(channels).clone())
        self.relative, self.refine = options['relative'], options['refine']
        self.reach, self.top_k = options['min_distance'], options['top_k']

    def forward(self, maps: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return points (B, C, P, 2) in cells, scores (B, C, P) and which of them there are.

        Args:
            maps: (B, C, h, w) float32.
        """
        height, width = map(int, maps.shape[-2:])
        limit = self.threshold[:, None, None]
        if self.relative:
            highest = maps.amax((2, 3), keepdim=True)
            limit = torch.where(highest > 0, limit * highest, torch.inf)
        tops = (maps > limit) & (maps >= self._highest(maps))
        # of equal values in a window the first one stays
        turn = torch.arange(height * width, 0, -1, device=maps.device).view(height, width)
        rank = torch.where(tops, turn.float(), 0.0)
        tops = tops & (rank >= self._highest(rank))
        flat = torch.where(tops, maps, -torch.inf).flatten(2)
        # of equal scores the first one comes first, as by a stable sort
        turns = flat.double() + turn.flatten() * 1e-15
        cells = turns.topk(min(self.top_k, height * width), dim=2).indices
        scores = flat.gather(2, cells)
        there = scores > -torch.inf
        x, y = cells % width, cells.div(width, rounding_mode='floor')
        points = torch.stack([x, y], dim=-1) + 0.5
        if self.refine:
            values = maps.flatten(2)
            in_x = _vertex(values, cells, 1, (x > 0) & (x < width - 1))
            in_y = _vertex(values, cells, width, (y > 0) & (y < height - 1))
            points = points + torch.stack([in_x, in_y], dim=-1)
        return points, torch.where(there, scores, 0.0), there

    def _highest(self, maps: Tensor) -> Tensor:
        return functional.max_pool2d(maps, 2 * self.reach + 1, stride=1, padding=self.reach)


class ChannelGraph(nn.Module):
    """Pictures of one size in, points of every channel out.

    Args:
        model: A ``ChannelKeypointDetector``.
        input_size: Width and height of the pictures.
        peaks: Options of ``find_peaks``; ``top_k`` a number.
    """

    input_names = ('pictures',)
    output_names = ('points', 'scores', 'there')

    def __init__(self, model: Any, input_size: tuple[int, int], peaks: Mapping[str, Any]) -> None:
        super().__init__()
        self.pixels = PixelGraph(model.data_preprocessor, input_size)
        self.backbone, self.head = model.backbone, model.head
        self.neck = model.neck if model.with_neck else None
        self.flip_test = bool((model.test_cfg or {}).get('flip_test', False))
        self.input_size = input_size
        self.peaks = PeakGraph(len(model.head.channels), peaks)
        self.register_buffer('size', torch.tensor(input_size, dtype=torch.float32))

    def example(self, batch: int) -> tuple[Tensor, ...]:
        """Return smooth random pictures."""
        generator = torch.Generator().manual_seed(batch)
        width, height = self.input_size
        noise = torch.rand(batch, 3, 9, 9, generator=generator) * 255
        smooth = functional.interpolate(noise, (height, width), mode='bicubic')
        return (smooth.clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).contiguous(),)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return what every map has, P places for each of C channels.

        Args:
            pictures: (B, H, W, 3) uint8, blue, green, red.

        Returns:
            Points (B, C, P, 2) float32 in pixels of the picture, NaN where there is none; scores
            (B, C, P) float32, falling, 0 where there is none; and whether there is a point
            (B, C, P) bool.
        """
        inputs = self.pixels(pictures)
        maps = self._scores(inputs)
        if self.flip_test:
            mirrored = self._scores(inputs.flip(-1)).flip(-1)[:, self.head.partners]
            maps = (maps + mirrored) / 2
        points, scores, there = self.peaks(maps)
        # the last cell of a map may reach beyond the picture
        points = torch.minimum(points * self.head.stride, self.size)
        return torch.where(there[..., None], points, torch.nan), scores, there

    def _scores(self, inputs: Tensor) -> Tensor:
        feats = self.backbone(inputs)
        feats = feats if self.neck is None else self.neck(feats)
        maps = self.head.forward(feats, (self.input_size[1], self.input_size[0]))
        return self.head.loss_module.score(maps)


def _vertex(values: Tensor, cells: Tensor, step: int, inside: Tensor) -> Tensor:
    """Return where the parabola through a cell and its neighbours is highest, (B, C, P)."""
    last = int(values.shape[-1]) - 1
    near = [values.gather(2, (cells + way).clamp(0, last)) for way in (-step, 0, step)]
    near = torch.stack(near)
    near = torch.where((near > 0).all(0), near.clamp(min=1e-45).log(), near)
    left, middle, right = near.unbind(0)
    bend = 2 * middle - left - right
    offset = (right - left) / (2 * torch.where(bend > 0, bend, 1.0))
    return torch.where(inside & (bend > 0), offset, 0.0).clamp(-0.5, 0.5)
