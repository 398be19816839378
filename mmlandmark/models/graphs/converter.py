"""A converter from points with gaps to points, as one graph of plain operations."""

from __future__ import annotations

from copy import deepcopy

import torch
from torch import Tensor, nn

from mmlandmark.models.converters.completion import Completion
from mmlandmark.models.converters.converter import KeypointConverter
from mmlandmark.models.converters.kriging import kriging_precision
from mmlandmark.models.graphs.linear_solve import solve_positive
from mmlandmark.schemas import Mapping


class CompletionGraph(nn.Module):
    """Kriging that solves every instance's system at one size, so that a graph can hold it.

    Args:
        completion: The fitted completion.
    """

    def __init__(self, completion: Completion) -> None:
        super().__init__()
        self.register_buffer('precision', kriging_precision(completion.variogram.double()))

    def forward(self, points: Tensor, visible: Tensor) -> Tensor:
        """Return complete (B, S, 2) points; zeros for an instance without any labelled point."""
        clean = torch.where(visible[..., None], points, 0.0).double()
        # without any labelled point the system has no solution, and all of it is left alone
        missing = ~visible & visible.any(1, keepdim=True)
        pairs = missing[:, :, None] & missing[:, None, :]
        identity = torch.eye(self.precision.shape[0], dtype=torch.float64, device=points.device)
        system = torch.where(pairs, self.precision, identity)
        pull = -(self.precision @ clean)
        right = torch.where(missing[..., None], pull, clean)
        return solve_positive(system, right).to(points.dtype)


class ConverterGraph(nn.Module):
    """A trained converter with what ``KeypointConverter.convert`` does around it.

    Args:
        converter: The converter; it is copied.
    """

    def __init__(self, converter: KeypointConverter) -> None:
        super().__init__()
        self.converter = deepcopy(converter).cpu().eval().requires_grad_(False)
        if converter.completion.method == 'kriging':
            self.converter.completion = CompletionGraph(converter.completion)
        self.needs_boxes = converter.normalizer.name == 'bbox'

    @property
    def input_names(self) -> list[str]:
        """Names of what ``forward`` takes."""
        return ['points', 'visible', *(['bboxes'] if self.needs_boxes else [])]

    @property
    def output_names(self) -> list[str]:
        """Names of what ``forward`` returns."""
        sigma = [] if self.converter.uncertainty is None else ['sigma']
        return ['target_points', 'target_visible', 'inferred', *sigma]

    def example(self, batch: int) -> tuple[Tensor, ...]:
        """Return inputs with gaps, of which some instances have too few points."""
        generator = torch.Generator().manual_seed(batch)
        number = self.converter.source_schema.num_keypoints
        points = torch.rand(batch, number, 2, generator=generator, dtype=torch.float64) * 200 + 50
        visible = torch.randint(0, 3, (batch, number), generator=generator, dtype=torch.uint8)
        points[visible == 0] = torch.nan
        low = points.nan_to_num(1e9).amin(1)
        boxes = torch.cat([low, low + 150], dim=1)
        return (points, visible, boxes)[: len(self.input_names)]

    def forward(self, points: Tensor, visible: Tensor, bboxes: Tensor | None = None) -> tuple:
        """Convert a batch.

        Args:
            points: (B, S, 2) float64 pixels; NaN where a point is not labelled.
            visible: (B, S) uint8 COCO's v; 0 too where a point is not labelled.
            bboxes: (B, 4) float64 ``x1 y1 x2 y2``, for the ``bbox`` normaliser.

        Returns:
            Points (B, T, 2) float64, 0 where not given; v (B, T) uint8; inferred (B, T) bool; and
            expected errors (B, T) float64 in pixels, NaN where not given, of a converter that has
            them.
        """
        labelled, seen = labelled_points(points, visible)
        clean = torch.where(labelled[..., None], points, 0.0)
        center = clean.sum(1, keepdim=True) / labelled.sum(1).clamp(min=1)[:, None, None]
        local = torch.where(labelled[..., None], clean - center, 0.0).float()
        if bboxes is not None:
            bboxes = (bboxes - torch.cat([center, center], dim=2)[:, 0]).float()
        output = self.converter(local, seen, bboxes)
        values, inferred = self.converter.visibility(seen)
        given = values > 0
        moved = torch.where(given[..., None], output.points.double() + center, 0.0)
        if output.log_sigma is None:
            return moved, values, inferred
        sigma = (output.log_sigma.exp() * output.frame.scale[..., 0]).double()
        return moved, values, inferred, torch.where(given, sigma, torch.nan)


class MappingGraph(nn.Module):
    """A fixed mapping; a target is given where all of its sources are labelled.

    Args:
        mapping: The mapping.
    """

    input_names = ('points', 'visible')
    output_names = ('target_points', 'target_visible', 'inferred')

    def __init__(self, mapping: Mapping) -> None:
        super().__init__()
        self.num_source = mapping.source.num_keypoints
        self.register_buffer('matrix', torch.as_tensor(mapping.matrix.copy()))
        self.register_buffer('needs', torch.as_tensor(mapping.matrix != 0).float())
        self.register_buffer('covered', torch.as_tensor(mapping.covered.copy()))

    def example(self, batch: int) -> tuple[Tensor, ...]:
        """Return inputs with gaps."""
        generator = torch.Generator().manual_seed(batch)
        shape = (batch, self.num_source)
        points = torch.rand(*shape, 2, generator=generator, dtype=torch.float64) * 200 + 50
        visible = torch.randint(0, 3, shape, generator=generator, dtype=torch.uint8)
        points[visible == 0] = torch.nan
        return points, visible

    def forward(self, points: Tensor, visible: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Convert a batch; arguments and result are those of ``ConverterGraph``."""
        labelled, seen = labelled_points(points, visible)
        clean = torch.where(labelled[..., None], points, 0.0)
        lacking = (seen == 0).float() @ self.needs.T > 0
        unseen = (seen < 2).float() @ self.needs.T > 0
        given = self.covered & ~lacking
        values = (torch.where(unseen, 1, 2) * given).to(torch.uint8)
        moved = torch.where(given[..., None], self.matrix @ clean, 0.0)
        return moved, values, values > 2


def labelled_points(points: Tensor, visible: Tensor) -> tuple[Tensor, Tensor]:
    """Return which points are labelled (B, S) bool and COCO's v of all (B, S) uint8, 0, 1 or 2."""
    labelled = (visible > 0) & ~points.isnan().any(-1)
    seen = torch.where(visible > 1, 2, 1) * labelled
    return labelled, seen.to(torch.uint8)
