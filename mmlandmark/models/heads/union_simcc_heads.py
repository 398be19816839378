"""SimCC and RTMPose heads for data sets that label different keypoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmengine.structures import InstanceData, PixelData
from mmpose.codecs.utils import get_simcc_normalized
from mmpose.models.heads import RTMCCHead, SimCCHead
from mmpose.models.utils.tta import flip_vectors
from mmpose.registry import MODELS
from torch import Tensor

from mmlandmark.errors import LandmarkError
from mmlandmark.models.heads.union_mixin import UnionMixin, refuse_out_channels
from mmlandmark.schemas import get_union


class UnionSimCCMixin(UnionMixin):
    """The part of a union head whose output is SimCC's pair of vectors.

    Args:
        union: The union: the name of a shipped one, a path, or a recipe; see ``get_union``.
        datasets: Data set name -> the member that it is labelled in, or ``union``.
        dataset_weights: Data set name -> factor of its loss, 1 by default.
        target_schema: Predict this member, or ``union``, for every sample.
        targets: ``pipeline`` or ``device``; see ``UnionHeatmapHead``.
        decoding: ``codec`` or ``device``; see ``UnionHeatmapHead``.
        accuracy_interval: See ``UnionHeatmapHead``.
        **head: Options of MMPose's head, but for ``out_channels``.

    Raises:
        LandmarkError: As in ``UnionHeatmapHead``.
    """

    simcc = True

    def __init__(
        self,
        union: Any,
        datasets: Mapping[str, str],
        dataset_weights: Mapping[str, float] | None = None,
        target_schema: str | None = None,
        targets: str = 'pipeline',
        decoding: str = 'codec',
        accuracy_interval: int = 1,
        **head: Any,
    ) -> None:
        refuse_out_channels(head, self._where)
        if 'absent_weight' in head:
            raise LandmarkError(
                f'{self._where}: absent_weight needs blank maps as targets, which SimCC vectors '
                'cannot be; leave it out or use UnionHeatmapHead'
            )
        union = get_union(union)
        super().__init__(out_channels=union.num_channels, **head)
        self.set_up_union(
            union,
            datasets,
            dataset_weights,
            target_schema,
            targets=targets,
            decoding=decoding,
            accuracy_interval=accuracy_interval,
        )

    def _flipped(
        self, outputs: tuple[Tensor, Tensor], test_cfg: Mapping[str, Any]
    ) -> tuple[Tensor, Tensor]:
        return flip_vectors(*outputs, flip_indices=self.union.schema.flip_indices.tolist())

    def _shown(
        self, outputs: tuple[Tensor, Tensor], instances: Sequence[InstanceData]
    ) -> list[PixelData]:
        """Return maps (K, Hy, Wx), products of the two vectors, which the predictions get too."""
        x, y = (
            get_simcc_normalized(part.detach(), sigma)
            for part, sigma in zip(outputs, self.decoder.sigma, strict=True)
        )
        maps = torch.einsum('nky,nkx->nkyx', y, x)
        vectors = zip(instances, x.cpu().numpy(), y.cpu().numpy(), strict=True)
        for instance, x_labels, y_labels in vectors:
            instance.keypoint_x_labels = x_labels[None]
            instance.keypoint_y_labels = y_labels[None]
        return [PixelData(heatmaps=part) for part in maps]


@MODELS.register_module()
class UnionSimCCHead(UnionSimCCMixin, SimCCHead):
    """MMPose's ``SimCCHead`` over the channels of a union; see ``UnionHeatmapHead``."""


@MODELS.register_module()
class UnionRTMCCHead(UnionSimCCMixin, RTMCCHead):
    """MMPose's ``RTMCCHead`` over the channels of a union; see ``UnionHeatmapHead``."""
