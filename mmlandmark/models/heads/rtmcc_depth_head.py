"""RTMPose's head with a depth for each point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from mmengine.structures import InstanceData
from mmpose.models.heads import RTMCCHead
from mmpose.registry import KEYPOINT_CODECS, MODELS
from mmpose.structures import PoseDataSample
from torch import Tensor, nn

from mmlandmark.codecs import SimCCDepthLabel
from mmlandmark.errors import LandmarkError
from mmlandmark.models.heads.loss_reduction import loss_reduction
from mmlandmark.models.heads.row_losses import (
    keypoint_rows,
    normalised_losses,
    select_rows,
    sum_over_rows,
)
from mmlandmark.models.heads.space_mixin import SpaceMixin, mirror_shifts, points_in_picture
from mmlandmark.models.heads.supervision import collect_labels, describe_sample
from mmlandmark.schemas import KeypointSchema, get_schema

_SETTINGS = ('input_size', 'simcc_split_ratio', 'depth', 'depth_scale')
Outputs = tuple[Tensor, Tensor, Tensor]


@MODELS.register_module()
class RTMCCDepthHead(SpaceMixin, RTMCCHead):
    """MMPose's ``RTMCCHead``, and a z that is read off the same features of each point.

    Its losses are that of the vectors over all labelled points, and that of z over all points
    that are labelled with one, each divided by how many there are in all processes. A z that is
    NaN and a data set without z weigh nothing.

    Args:
        in_channels: Channels of the last feature map.
        in_featuremap_size: Width and height of that map.
        schema: Schema of the points: name, path or dict.
        decoder: Config of the ``SimCCDepthLabel`` that makes the labels.
        depth_loss: Config of a loss of MMPose for coordinates that is a mean over them; by default
            smooth L1 with beta 0.02 and the weight 0.05, since the loss of the vectors is a mean
            over their length.
        **head: Options of ``RTMCCHead``, such as ``gau_cfg`` and ``loss``, but for those that
            follow from schema and codec.

    Raises:
        LandmarkError: Another codec, or a loss that has no value of single points.
    """

    def __init__(
        self,
        in_channels: int,
        in_featuremap_size: tuple[int, int],
        schema: str | dict | KeypointSchema,
        decoder: Mapping[str, Any],
        depth_loss: dict | None = None,
        **head: Any,
    ) -> None:
        codec = KEYPOINT_CODECS.build(decoder)
        if not isinstance(codec, SimCCDepthLabel):
            raise LandmarkError(
                f'{self._where}: the codec is {type(codec).__name__}; expected SimCCDepthLabel'
            )
        given = [key for key in ('out_channels', 'input_size', 'simcc_split_ratio') if key in head]
        if given:
            raise LandmarkError(f'{self._where}: {given[0]} follows from schema and decoder')
        schema = get_schema(schema)
        super().__init__(
            in_channels,
            schema.num_keypoints,
            codec.input_size,
            tuple(in_featuremap_size),
            codec.simcc_split_ratio,
            **head,
        )
        self.decoder = codec
        hidden = self.cls_x.in_features
        self.depth_layer = nn.Linear(hidden, 1)
        self.depth_loss = MODELS.build(
            depth_loss or dict(type='SoftWeightSmoothL1Loss', beta=0.02, loss_weight=0.05)
        )
        self._reduction = loss_reduction(self.loss_module, codec.points, self._where, simcc=True)
        self._depth_reduction = loss_reduction(self.depth_loss, None, self._where)
        settings = {key: getattr(codec, key) for key in _SETTINGS}
        self.set_up_space(schema, settings | dict(input_size=list(codec.input_size)))

    def forward(self, feats: Sequence[Tensor]) -> Outputs:
        """Return the vectors (B, K, Wx) and (B, K, Wy), and standardised z (B, K).

        Args:
            feats: Feature maps (B, C, H, W); the last of several is used.

        Raises:
            LandmarkError: The map has another size than ``in_featuremap_size``.
        """
        maps = feats[-1]
        height, width = maps.shape[2:]
        if (width, height) != tuple(self.in_featuremap_size):
            raise LandmarkError(
                f'{self._where}: the last feature map is {width}x{height}; expected '
                f'in_featuremap_size, {"x".join(map(str, self.in_featuremap_size))}'
            )
        points = self.gau(self.mlp(self.final_layer(maps).flatten(2)))
        return self.cls_x(points), self.cls_y(points), self.depth_layer(points)[..., 0]

    def loss(
        self,
        feats: Sequence[Tensor],
        batch_data_samples: Sequence[PoseDataSample],
        train_cfg: Mapping[str, Any] | None = None,
    ) -> dict[str, Tensor]:
        """Return ``loss_kpt/SCHEMA`` of the vectors and ``loss_depth/SCHEMA`` of z.

        Args:
            feats: Feature maps (B, C, H, W) of each level.
            batch_data_samples: One per image, with the codec's labels.
            train_cfg: Not looked at.

        Raises:
            LandmarkError: A sample has no labels of the codec; names the sample.
        """
        *vectors, depths = (part.float() for part in self.forward(feats))
        name = self.schema.name
        everything = {name: range(len(batch_data_samples))}
        labels = collect_labels(
            batch_data_samples, everything, {name: self.schema}, self._where, simcc=True
        )[name]
        rows = keypoint_rows(tuple(vectors), self.schema.num_keypoints, self._where)
        value = sum_over_rows(
            self.loss_module,
            self._reduction,
            select_rows(rows, labels.index),
            labels.targets,
            labels.weights,
        )
        losses = normalised_losses({name: value}, {name: labels.count}, {}, depths)
        return losses | {f'loss_depth/{name}': self._depth_loss(depths, batch_data_samples)}

    def predict(
        self,
        feats: Any,
        batch_data_samples: Sequence[PoseDataSample],
        test_cfg: Mapping[str, Any] | None = None,
    ) -> list[InstanceData]:
        """Predict points in pixels.

        Args:
            feats: Feature maps (B, C, H, W) of each level; a list of two such, of the images and
                of their mirror images, with ``test_cfg['flip_test']``.
            batch_data_samples: One per image, with the ``input_size``, ``input_center``,
                ``input_scale`` and ``ori_shape`` of its crop. The schema is noted in the metainfo
                as ``pred_schema``.
            test_cfg: With ``flip_test`` the points of both are averaged, those of the mirror image
                under the names of their partners; a hand has none, since its mirror image is the
                other hand with the same points. ``shift_coords`` is as in MMPose: True (the
                default) where the last pixel is ``width - 1``, False where it ends at ``width``;
                or ``crop``, see `mirror_shifts`.

        Returns:
            ``keypoints`` (1, K, 2) in pixels of the input, as MMPose's estimators expect, scores
            (1, K) and ``keypoints_3d`` (1, K, 3): x and y in pixels of the picture, z in the unit
            of the labels. For scores see ``SimCCDepthLabel.decode``.
        """
        infos = [sample.metainfo for sample in batch_data_samples]
        scales = self.decoder.known_depth_scales(infos)
        test_cfg = test_cfg or {}
        if test_cfg.get('flip_test', False):
            (points, scores), mirrored = (self._decode(part, scales) for part in feats)
            back, back_scores = (part[:, self.schema.flip_indices] for part in mirrored)
            shifts = mirror_shifts(batch_data_samples, test_cfg.get('shift_coords', True))
            back[..., 0] = self.input_size[0] - shifts[:, None] - back[..., 0]
            points, scores = (points + back) / 2, (scores + back_scores) / 2
        else:
            points, scores = self._decode(feats, scales)
        found = []
        for row, sample in enumerate(batch_data_samples):
            one = points[row : row + 1]
            found.append(
                InstanceData(
                    keypoints=one[..., :2].copy(),
                    keypoint_scores=scores[row : row + 1],
                    keypoints_3d=points_in_picture(one, sample),
                )
            )
            sample.set_metainfo(dict(pred_schema=self.schema))
        return found

    def _decode(
        self, feats: Sequence[Tensor], scales: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        x, y, depths = (part.detach().float() for part in self.forward(feats))
        # as the loss sees them; MMPose's has a temperature
        beta = getattr(self.loss_module, 'beta', 1.0)
        x, y = ((part * beta).softmax(dim=-1) for part in (x, y))
        return self.decoder.decode(*(part.cpu().numpy() for part in (x, y, depths)), scales)

    def _depth_loss(self, depths: Tensor, samples: Sequence[PoseDataSample]) -> Tensor:
        """Return the loss of z (B, K), over the points that are labelled with one."""
        for sample in samples:
            if 'depth_weights' not in sample.gt_instance_labels:
                raise LandmarkError(
                    f'{self._where}: {describe_sample(sample)} has no labels of z; expected a '
                    'GenerateTarget with SimCCDepthLabel before PackPoseInputs'
                )
        labels = [sample.gt_instance_labels for sample in samples]
        targets = torch.cat([label.depth_labels for label in labels]).flatten()
        weights = torch.cat([label.depth_weights for label in labels]).flatten()
        index = torch.nonzero(weights > 0)[:, 0]
        pred, target, weight = (
            part.index_select(0, index) for part in (depths.flatten(), targets, weights)
        )
        rows = (pred[:, None],), (target[:, None],), weight
        value = sum_over_rows(self.depth_loss, self._depth_reduction, *rows)
        count = len(index)
        return next(iter(normalised_losses({'z': value}, {'z': count}, {}, depths).values()))
