"""A head that gives coordinates straight from pooled features, with or without depth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from mmengine.structures import InstanceData
from mmpose.models.heads import BaseHead
from mmpose.registry import KEYPOINT_CODECS, MODELS
from mmpose.structures import PoseDataSample
from torch import Tensor, nn

from mmlandmark.codecs import LandmarkStandardization
from mmlandmark.errors import LandmarkError
from mmlandmark.models.heads.loss_reduction import loss_reduction
from mmlandmark.models.heads.row_losses import normalised_losses, sum_over_rows
from mmlandmark.models.heads.space_mixin import SpaceMixin, mirror_shifts, points_in_picture
from mmlandmark.models.heads.supervision import describe_sample
from mmlandmark.schemas import KeypointSchema

_SETTINGS = ('depth', 'depth_scale')


@MODELS.register_module()
class CoordinateRegressionHead(SpaceMixin, BaseHead):
    """Global average pooling, dropout, a hidden layer, dropout, and K points of 2 or 3 coordinates.

    The answer is in the standardised coordinates of ``LandmarkStandardization``, three of them
    unless its ``depth`` is None. The loss is that of the labelled coordinates, divided by how many
    there are in all processes: points without a label and a z that is NaN have no part in it.

    Args:
        in_channels: Channels of the last feature map.
        schema: Schema of the points: name, path or dict.
        decoder: Config of the ``LandmarkStandardization`` that makes the labels.
        hidden_channels: Width of the hidden layer.
        dropout: Share of features, and of hidden values, that are set to 0 in training.
        loss: Config of a loss of MMPose for coordinates that is a mean over them, such as
            ``SmoothL1Loss``; by default smooth L1 with beta 0.02, as published for OUHANDS.
        init_cfg: MMEngine's initialisation config.

    Raises:
        LandmarkError: Another codec, or a loss that is no mean over coordinates.
    """

    def __init__(
        self,
        in_channels: int,
        schema: str | dict | KeypointSchema,
        decoder: Mapping[str, Any],
        hidden_channels: int = 512,
        dropout: float = 0.2,
        loss: dict | None = None,
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.decoder = KEYPOINT_CODECS.build(decoder)
        if not isinstance(self.decoder, LandmarkStandardization):
            raise LandmarkError(
                f'{self._where}: the codec is {type(self.decoder).__name__}; expected '
                'LandmarkStandardization'
            )
        self.set_up_space(schema, {key: getattr(self.decoder, key) for key in _SETTINGS})
        self.num_coordinates = 2 if self.decoder.depth is None else 3
        self.layers = nn.Sequential(
            nn.Dropout(dropout),
            nn.Linear(in_channels, hidden_channels),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(hidden_channels, self.schema.num_keypoints * self.num_coordinates),
        )
        self.loss_module = MODELS.build(loss or dict(type='SoftWeightSmoothL1Loss', beta=0.02))
        self._reduction = loss_reduction(self.loss_module, None, self._where)

    def forward(self, feats: Sequence[Tensor]) -> Tensor:
        """Return standardised coordinates (B, K, D) for maps (B, C, H, W), the last of several."""
        pooled = feats[-1].mean(dim=(2, 3))
        shape = (-1, self.schema.num_keypoints, self.num_coordinates)
        return self.layers(pooled).reshape(shape)

    def loss(
        self,
        feats: Sequence[Tensor],
        batch_data_samples: Sequence[PoseDataSample],
        train_cfg: Mapping[str, Any] | None = None,
    ) -> dict[str, Tensor]:
        """Return ``loss_kpt/SCHEMA``, a mean over all labelled coordinates.

        Args:
            feats: Feature maps (B, C, H, W) of each level.
            batch_data_samples: One per image, with the codec's labels.
            train_cfg: Not looked at.

        Raises:
            LandmarkError: A sample has no labels of the codec; names the sample.
        """
        targets, weights = self._labels(batch_data_samples)
        # float32: half precision is coarser than the knee of the loss
        outputs = self.forward(feats).float()
        index = torch.nonzero(weights.flatten() > 0)[:, 0]
        pred, target, weight = (
            part.flatten().index_select(0, index) for part in (outputs, targets, weights)
        )
        rows = (pred[:, None],), (target[:, None],), weight
        value = sum_over_rows(self.loss_module, self._reduction, *rows)
        name = self.schema.name
        return normalised_losses({name: value}, {name: len(index)}, {}, outputs)

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
            batch_data_samples: One per image, with the ``input_size``, ``input_center`` and
                ``input_scale`` of its crop. The schema is noted in the metainfo as ``pred_schema``.
            test_cfg: With ``flip_test`` the points of both are averaged, those of the mirror image
                under the names of their partners; a hand has none, since its mirror image is the
                other hand with the same points. ``shift_coords`` is as in MMPose: True (the
                default) where the last pixel is ``width - 1``, False where it ends at ``width``;
                or ``crop``, see `mirror_shifts`.

        Returns:
            ``keypoints`` (1, K, 2) in pixels of the input, as MMPose's estimators expect, scores
            (1, K) of 1 and, where z can be told, ``keypoints_3d`` (1, K, 3): x and y in pixels of
            the picture, z in the unit of the labels.
        """
        test_cfg = test_cfg or {}
        if test_cfg.get('flip_test', False):
            shifts = mirror_shifts(batch_data_samples, test_cfg.get('shift_coords', True))
            outputs = self._average(*map(self.forward, feats), shifts)
        else:
            outputs = self.forward(feats)
        # the scale of a sample's own z is not known, and NaN is no prediction
        with_depth = self.decoder.predicts_depth
        scales = self.decoder.known_depth_scales([sample.metainfo for sample in batch_data_samples])
        points, scores = self.decoder.decode(outputs.detach().float().cpu().numpy(), scales)
        found = []
        for row, sample in enumerate(batch_data_samples):
            one = points[row : row + 1]
            instance = InstanceData(
                keypoints=one[..., :2].copy(), keypoint_scores=scores[row : row + 1]
            )
            if with_depth:
                instance.keypoints_3d = points_in_picture(one, sample)
            sample.set_metainfo(dict(pred_schema=self.schema))
            found.append(instance)
        return found

    def _average(self, plain: Tensor, mirrored: Tensor, shifts: np.ndarray) -> Tensor:
        partners = torch.as_tensor(self.schema.flip_indices, device=mirrored.device)
        back = mirrored.index_select(1, partners)
        shifts = back.new_tensor(2 / self.decoder.input_size[0] * shifts)
        x = -back[..., :1] - shifts[:, None, None]
        return (plain + torch.cat([x, back[..., 1:]], dim=-1)) / 2

    def _labels(self, samples: Sequence[PoseDataSample]) -> tuple[Tensor, Tensor]:
        """Return coordinates and their weights, (B, K, D) each."""
        shape = (1, self.schema.num_keypoints, self.num_coordinates)
        for sample in samples:
            labels = sample.get('gt_instance_labels', {})
            if 'coordinate_weights' not in labels:
                raise LandmarkError(
                    f'{self._where}: {describe_sample(sample)} has no labels of '
                    'LandmarkStandardization; expected a GenerateTarget with it before '
                    'PackPoseInputs'
                )
            if labels.keypoint_labels.shape != shape:
                raise LandmarkError(
                    f'{self._where}: {describe_sample(sample)} has labels of shape '
                    f'{tuple(labels.keypoint_labels.shape)}, expected {shape} for schema '
                    f'{self.schema.name!r} and depth={self.decoder.depth!r}'
                )
        labels = [sample.gt_instance_labels for sample in samples]
        return (
            torch.cat([label.keypoint_labels for label in labels]),
            torch.cat([label.coordinate_weights for label in labels]),
        )
