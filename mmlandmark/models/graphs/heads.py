"""Heads as modules from features to points: forward, flip test, choice of a schema, decoding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from mmpose.codecs import UDPHeatmap
from mmpose.models.heads import (
    CPMHead,
    DSNTHead,
    HeatmapHead,
    IntegralRegressionHead,
    RegressionHead,
    RLEHead,
    RTMCCHead,
    SimCCHead,
    ViPNASHead,
)
from mmpose.models.utils.tta import flip_coordinates, flip_heatmaps, flip_vectors
from torch import Tensor, nn

from mmlandmark.errors import LandmarkError
from mmlandmark.models.graphs.codecs import build_decoder
from mmlandmark.models.heads import CoordinateRegressionHead, MultiDecoderHead, RTMCCDepthHead
from mmlandmark.models.heads.decoder_targets import decoder_union, find_decoder
from mmlandmark.models.heads.flip_coordinates import averages_coordinates
from mmlandmark.models.heads.space_mixin import CROP
from mmlandmark.models.heads.union_mixin import UnionMixin
from mmlandmark.schemas import UNION, KeypointSchema

Outputs = tuple[Tensor, ...]

MAPS = (HeatmapHead, ViPNASHead, CPMHead)
VECTORS = (SimCCHead, RTMCCHead)
SHARES = (RegressionHead, RLEHead, IntegralRegressionHead, DSNTHead)
OWN = (CoordinateRegressionHead, RTMCCDepthHead)


class HeadGraph(nn.Module):
    """One head of one schema, or of a union of which one member's points are given.

    Args:
        head: The head.
        schema: Of all that it gives; its swaps are those of the flip test.
        channels: Which of those are given, in their order; None: all.
        test_cfg: Settings of the flip test.
        input_size: Width and height of the input.

    Raises:
        LandmarkError: There is no such module for the head, its codec or its flip test.
    """

    def __init__(
        self,
        head: nn.Module,
        schema: KeypointSchema,
        channels: np.ndarray | None,
        test_cfg: Mapping[str, Any],
        input_size: tuple[int, int],
    ) -> None:
        super().__init__()
        where = type(head).__name__
        if not isinstance(head, (*MAPS, *VECTORS, *SHARES, *OWN)):
            raise LandmarkError(_unknown_head(head))
        self.head, self.test_cfg, self.input_size = head, test_cfg, input_size
        self.channels = None if channels is None else [int(c) for c in channels]
        self.number = schema.num_keypoints
        self.partners = schema.flip_indices.tolist()
        beta = getattr(getattr(head, 'loss_module', None), 'beta', 1.0)
        self.decode = build_decoder(head.decoder, where, beta)
        self.points_flip = averages_coordinates(test_cfg)
        depth = isinstance(head, RTMCCDepthHead)
        if test_cfg.get('flip_test') and isinstance(head, OWN):
            if test_cfg.get('shift_coords', True) == CROP:
                raise LandmarkError(
                    f'{where}: shift_coords={CROP!r} needs to know how much a crop was enlarged, '
                    'which a graph is not told; export with flip_test=False (--no-flip-test)'
                )
            # its own predict averages points
            self.points_flip = self.points_flip or depth

    def forward(self, feats: Sequence[Tensor], mirrored: Sequence[Tensor] | None) -> Outputs:
        """Return points (B, K, 2) in pixels of the input and scores (B, K), float32.

        Args:
            feats: Feature maps of each level.
            mirrored: Those of the mirrored inputs, for the flip test; or None.
        """
        outputs = self._outputs(feats)
        if mirrored is None:
            return self.decode(*self._chosen(outputs))
        other = self._outputs(mirrored)
        if self.points_flip:
            return self._mean_points(self.decode(*outputs), self.decode(*other))
        back = self._mirrored_back(other)
        mean = tuple((a + b) * 0.5 for a, b in zip(outputs, back, strict=True))
        return self.decode(*self._chosen(mean))

    def _outputs(self, feats: Sequence[Tensor]) -> Outputs:
        found = self.head.forward(feats)
        if isinstance(self.head, CPMHead):
            found = found[-1]
        elif isinstance(self.head, (IntegralRegressionHead, DSNTHead)):
            found = found[0]
        elif isinstance(self.head, RLEHead):
            found = torch.cat([found[..., :2], found[..., 2:].sigmoid()], dim=-1)
        return tuple(found[:2]) if isinstance(found, tuple) else (found,)

    def _mirrored_back(self, outputs: Outputs) -> Outputs:
        settings = self.test_cfg
        if isinstance(self.head, VECTORS):
            return flip_vectors(*outputs, flip_indices=self.partners)
        if isinstance(self.head, MAPS):
            back = flip_heatmaps(
                outputs[0].clone(),
                flip_indices=self.partners,
                flip_mode=settings.get('flip_mode', 'heatmap'),
                shift_heatmap=settings.get('shift_heatmap', False),
            )
            return (back,)
        shift = bool(settings.get('shift_coords', True))
        if isinstance(self.head, CoordinateRegressionHead):
            back = outputs[0][:, self.partners]
            x = -back[..., :1] - 2 / self.input_size[0] * float(shift)
            return (torch.cat([x, back[..., 1:]], dim=-1),)
        coordinates = outputs[0].clone()
        return (flip_coordinates(coordinates, self.partners, shift, self.input_size),)

    def _mean_points(self, plain: Outputs, mirrored: Outputs) -> Outputs:
        """As ``flip_mode='coordinates'``, or the head with depth, average points."""
        points, scores = plain
        back, other = (part[:, self.partners] for part in mirrored)
        if isinstance(self.head, RTMCCDepthHead):
            last = self.input_size[0] - float(bool(self.test_cfg.get('shift_coords', True)))
            share = torch.full_like(scores, 0.5)
        else:
            last = self.input_size[0] - (0 if isinstance(self.head.decoder, UDPHeatmap) else 1)
            # a point that only one of the two finds is taken from that one
            one, two = scores > 0, other > 0
            share = torch.where(one == two, 0.5, one.to(scores.dtype))
        back = torch.stack([last - back[..., 0], back[..., 1]], dim=-1)
        share = share[..., None]
        points = points * share + back * (1 - share)
        scores = (scores + other) / 2
        if self.channels is None:
            return points, scores
        return points[:, self.channels], scores[:, self.channels]

    def _chosen(self, outputs: Outputs) -> Outputs:
        """Return the outputs for the channels that are given, several maps of each or one."""
        if self.channels is None:
            return outputs
        return tuple(
            part.unflatten(1, (self.number, -1))[:, self.channels].flatten(1, 2) for part in outputs
        )


class JoinedGraph(nn.Module):
    """All decoders of a head, as one union.

    Args:
        parts: One for each decoder.
        order: Where the channels of the union stand in the decoders' points, one after another.
    """

    def __init__(self, parts: Sequence[HeadGraph], order: Sequence[int]) -> None:
        super().__init__()
        self.parts, self.order = nn.ModuleList(parts), [int(place) for place in order]

    def forward(self, feats: Sequence[Tensor], mirrored: Sequence[Tensor] | None) -> Outputs:
        """See ``HeadGraph``."""
        found = [part(feats, mirrored) for part in self.parts]
        return tuple(torch.cat(part, dim=1)[:, self.order] for part in zip(*found, strict=True))


def build_head_graph(
    head: nn.Module,
    schema: KeypointSchema,
    dataset: str | None,
    test_cfg: Mapping[str, Any],
    input_size: tuple[int, int],
) -> HeadGraph | JoinedGraph:
    """Return the graph of a head of MMPose or of this package.

    Args:
        head: The head.
        schema: Of the points that are given.
        dataset: The data set that a sample is said to be of, for heads of several schemas.
        test_cfg: The estimator's settings; ``target_schema`` goes before ``dataset``.
        input_size: Width and height of the input.

    Raises:
        LandmarkError: There is no graph for the head.
    """
    target = test_cfg.get('target_schema', getattr(head, 'target_schema', None))
    if isinstance(head, UnionMixin):
        member = target or head._members[dataset]
        channels = head.union.channel_indices(member)
        return HeadGraph(head, head.union.schema, channels, test_cfg, input_size)
    if not isinstance(head, MultiDecoderHead):
        return HeadGraph(head, schema, None, test_cfg, input_size)
    schemas = head.dataset_schemas
    if target != UNION:
        name = dataset if target is None else find_decoder(schemas, target)
        return HeadGraph(head.decoders[name], schemas[name], None, test_cfg, input_size)
    parts = [
        HeadGraph(head.decoders[name], own, None, test_cfg, input_size)
        for name, own in schemas.items()
    ]
    union = decoder_union(schemas)
    places = [c for member in union.members for c in union.channel_indices(member.name)]
    return JoinedGraph(parts, np.argsort(places))


def _unknown_head(head: nn.Module) -> str:
    if hasattr(head, 'conversion'):
        return (
            f'{type(head).__name__} cannot be exported as one graph; export the plain model and '
            f'the conversion {head.conversion.name!r} as two files'
        )
    known = ', '.join(kind.__name__ for kind in (*MAPS, *VECTORS, *SHARES, *OWN))
    return (
        f'{type(head).__name__} cannot be exported; there are {known}, and the heads for unions '
        'and several decoders'
    )
