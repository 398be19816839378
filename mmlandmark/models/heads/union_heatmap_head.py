"""One heatmap head for data sets that label different keypoints."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.structures import InstanceData, PixelData
from mmpose.models.heads import HeatmapHead
from mmpose.models.utils.tta import flip_heatmaps
from mmpose.registry import KEYPOINT_CODECS, MODELS
from torch import Tensor

from mmlandmark.errors import LandmarkError
from mmlandmark.models.heads.loss_reduction import encoded_rows
from mmlandmark.models.heads.union_mixin import UnionMixin, refuse_out_channels
from mmlandmark.schemas import get_union


@MODELS.register_module()
class UnionHeatmapHead(UnionMixin, HeatmapHead):
    """MMPose's ``HeatmapHead`` over the channels of a union.

    Args:
        union: The union: the name of a shipped one, a path, or a recipe; see ``get_union``.
        datasets: Data set name -> the member that it is labelled in, or ``union`` where it is
            labelled in the union's own channels.
        in_channels: Number of channels of the features.
        dataset_weights: Data set name -> factor of its loss, 1 by default.
        absent_weight: Weight at which channels that a sample's schema has not are trained to
            blank maps; by default they are not trained. Points of the schema that are not
            labelled never are.
        target_schema: Predict this member, or ``union``, for every sample; by default each is
            predicted in the schema of its labels. ``test_cfg`` may say otherwise.
        targets: ``pipeline``: drawn by ``GenerateTarget``. ``device``: drawn by the head from the
            coordinates of the encoder ``KeypointLabels``.
        decoding: ``codec``: by MMPose's codec, sample by sample. ``device``: whole batches on the
            head's device, with one copy back.
        accuracy_interval: ``acc_pose`` is computed in every so many iterations only, and missing
            from the losses of the others; see ``accuracy_is_due``.
        **head: Further options of ``HeatmapHead``. ``out_channels`` follows from the union, and
            from the codec where it makes several maps of a keypoint.

    Raises:
        LandmarkError: The union, a member, a data set or the target is unknown, a weight is
            negative, or the loss is no mean over keypoints.
    """

    def __init__(
        self,
        union: Any,
        datasets: Mapping[str, str],
        in_channels: int | Sequence[int],
        dataset_weights: Mapping[str, float] | None = None,
        absent_weight: float = 0.0,
        target_schema: str | None = None,
        targets: str = 'pipeline',
        decoding: str = 'codec',
        accuracy_interval: int = 1,
        **head: Any,
    ) -> None:
        refuse_out_channels(head, self._where)
        if not isinstance(absent_weight, int | float) or not 0 <= absent_weight < math.inf:
            raise LandmarkError(
                f'{self._where}: absent_weight is {absent_weight!r}, expected a finite number, at '
                'least 0'
            )
        union, codec = get_union(union), head.get('decoder')
        codec = None if codec is None else KEYPOINT_CODECS.build(codec)
        maps = encoded_rows(codec)[0].shape[1]
        super().__init__(in_channels, union.num_channels * maps, **head)
        self.set_up_union(
            union,
            datasets,
            dataset_weights,
            target_schema,
            absent_weight,
            targets,
            decoding,
            accuracy_interval,
        )

    def _flipped(self, outputs: Tensor, test_cfg: Mapping[str, Any]) -> Tensor:
        return flip_heatmaps(
            outputs,
            flip_indices=self.union.schema.flip_indices.tolist(),
            flip_mode=test_cfg.get('flip_mode', 'heatmap'),
            shift_heatmap=test_cfg.get('shift_heatmap', False),
        )

    def _shown(self, outputs: Tensor, instances: Sequence[InstanceData]) -> list[PixelData]:
        return [PixelData(heatmaps=maps) for maps in outputs.detach()]
