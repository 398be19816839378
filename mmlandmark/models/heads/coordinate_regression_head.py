"""A head that gives coordinates straight from pooled features, with or without depth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
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
from mmlandmark.models.heads.flip_coordinates import COORDINATES
from mmlandmark.models.heads.loss_reduction import loss_reduction
from mmlandmark.models.heads.plain_checkpoint import refuse_misfits
from mmlandmark.models.heads.schema_record import SchemaRecord
from mmlandmark.models.heads.supervision import describe_sample, normalised_losses, sum_over_rows
from mmlandmark.schemas import KeypointSchema, get_schema
from mmlandmark.schemas.schema import schema_from_json

_SETTINGS = ('depth', 'depth_scale')


@MODELS.register_module()
class CoordinateRegressionHead(BaseHead):
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
        self.schema, self.decoder = get_schema(schema), KEYPOINT_CODECS.build(decoder)
        if not isinstance(self.decoder, LandmarkStandardization):
            raise LandmarkError(
                f'{self._where}: the codec is {type(self.decoder).__name__}; expected '
                'LandmarkStandardization'
            )
        record = dict(schema=self.schema.to_json(), **_settings(self.decoder))
        # first, so that it is compared before any weight of a checkpoint is taken over
        self.schema_record = SchemaRecord(record, partial(_differences, record), self._points)
        self._register_load_state_dict_pre_hook(self._refuse_misfits)
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
        self.test_cfg = {}

    @property
    def _where(self) -> str:
        return type(self).__name__

    @property
    def _points(self) -> str:
        return f'the {self.schema.num_keypoints} points of schema {self.schema.name!r}'

    @property
    def test_cfg(self) -> Mapping[str, Any]:
        """The estimator's test settings, which MMPose hands over when the model is built."""
        return self._test_cfg

    @test_cfg.setter
    def test_cfg(self, test_cfg: Mapping[str, Any]) -> None:
        mode = test_cfg.get('flip_mode', COORDINATES)
        if mode != COORDINATES:
            raise LandmarkError(
                f'{self._where}: test_cfg.flip_mode is {mode!r}; expected {COORDINATES!r}, since '
                'there are no maps'
            )
        self._test_cfg = test_cfg

    def check_datasets(self, names_to_schema: Mapping[str, KeypointSchema]) -> None:
        """Raise a LandmarkError where a data set is labelled in other keypoints; names it.

        Args:
            names_to_schema: Data set name -> schema of its labels.
        """
        for name, schema in names_to_schema.items():
            if told := self.schema.differences(schema):
                raise LandmarkError(
                    f'{self._where}: data set {name!r} is labelled in other keypoints than '
                    f'{self.schema.name!r}: {told}'
                )

    def forward(self, feats: Sequence[Tensor]) -> Tensor:
        """Return standardised coordinates (B, K, D) for maps (B, C, H, W), the last of several."""
        pooled = feats[-1].mean(dim=(2, 3))
        return self.layers(pooled).reshape(len(pooled), self.schema.num_keypoints, -1)

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
                default) where the last pixel is ``width - 1``, False where it ends at ``width``.

        Returns:
            ``keypoints`` (1, K, 2) in pixels of the input, as MMPose's estimators expect, scores
            (1, K) of 1 and, where z can be told, ``keypoints_3d`` (1, K, 3): x and y in pixels of
            the picture, z in the unit of the labels.
        """
        test_cfg = test_cfg or {}
        if test_cfg.get('flip_test', False):
            outputs = self._average(*map(self.forward, feats), test_cfg.get('shift_coords', True))
        else:
            outputs = self.forward(feats)
        # the scale of a sample's own z is not known, and NaN is no prediction
        with_depth = self.decoder.depth not in (None, 'sample')
        points, scores = self.decoder.decode(outputs.detach().float().cpu().numpy())
        found = []
        for row, sample in enumerate(batch_data_samples):
            one = points[row : row + 1]
            instance = InstanceData(
                keypoints=one[..., :2].copy(), keypoint_scores=scores[row : row + 1]
            )
            if with_depth:
                instance.keypoints_3d = _in_picture(one, sample)
            sample.set_metainfo(dict(pred_schema=self.schema))
            found.append(instance)
        return found

    def _refuse_misfits(self, state_dict: dict[str, Tensor], prefix: str, *args: Any) -> None:
        refuse_misfits(self, self._points, state_dict, prefix)

    def _average(self, plain: Tensor, mirrored: Tensor, shift: bool) -> Tensor:
        partners = torch.as_tensor(self.schema.flip_indices, device=mirrored.device)
        back = mirrored.index_select(1, partners)
        x = -back[..., :1] - (2 / self.decoder.input_size[0] if shift else 0)
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


def _in_picture(points: np.ndarray, sample: PoseDataSample) -> np.ndarray:
    """Return points (1, K, 3) with x and y in pixels of the picture rather than of the input."""
    size, scale, center = (
        np.asarray(sample.metainfo[f'input_{key}']) for key in ('size', 'scale', 'center')
    )
    moved = points[..., :2] / size * scale + center - scale / 2
    return np.concatenate([moved, points[..., 2:]], axis=-1).astype(points.dtype)


def _settings(codec: LandmarkStandardization) -> dict[str, Any]:
    return {key: getattr(codec, key) for key in _SETTINGS}


def _differences(own: Mapping[str, Any], content: Mapping[str, Any]) -> str:
    """Say how a checkpoint's record differs; a picklable function."""
    if 'schema' not in content or any(key not in content for key in _SETTINGS):
        return 'it is of no CoordinateRegressionHead'
    told = [schema_from_json(own['schema']).differences(schema_from_json(content['schema']))]
    told += [
        f'its {key} is {content[key]!r}, here {own[key]!r}'
        for key in _SETTINGS
        if content[key] != own[key]
    ]
    return '; '.join(filter(None, told))
