"""The converter as an MMPose head: config, loss and predictions."""

from __future__ import annotations

import math
from collections.abc import Mapping as MappingType
from typing import Any

import torch
from mmpose.models.heads import BaseHead
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample
from torch import Tensor

from mmlandmark.errors import LandmarkError
from mmlandmark.models.converters import ConverterOutput, KeypointConverter
from mmlandmark.models.heads.pose_samples import pack_pose_samples


@MODELS.register_module()
class KeypointConverterHead(BaseHead):
    """Trains and runs a ``KeypointConverter``, and the baselines beside it.

    Args:
        source_schema: Schema of the points that come in (name, path or dict).
        target_schema: Schema of the points that go out.
        network: Config of the converter network; see ``list_networks()``.
        loss: Config of a point loss.
        keypoint_weights: Loss factor by target keypoint or region name; others weigh 1.
        init_cfg: MMEngine's initialisation config.
        **converter: Further options of ``KeypointConverter``.

    Raises:
        LandmarkError: A name is unknown, or the loss needs an uncertainty that the converter does
            not give, or does not train the one that it gives.
    """

    def __init__(
        self,
        source_schema: Any,
        target_schema: Any,
        network: dict | None = None,
        loss: dict | None = None,
        keypoint_weights: MappingType[str, float] | None = None,
        init_cfg: dict | None = None,
        **converter: Any,
    ) -> None:
        super().__init__(init_cfg)
        self.loss_module = MODELS.build(loss or dict(type='CauchyPointLoss'))
        learnt = self.loss_module.needs_uncertainty
        if converter.setdefault('uncertainty', learnt) != learnt:
            raise LandmarkError(
                f'uncertainty={converter["uncertainty"]} does not go with '
                f'{type(self.loss_module).__name__}, which '
                f'{"needs" if learnt else "cannot train"} an uncertainty'
            )
        self.converter = KeypointConverter(source_schema, target_schema, network, **converter)
        weights = _keypoint_weights(self.converter, keypoint_weights or {})
        self.register_buffer('keypoint_weights', weights, persistent=False)

    def forward(self, inputs: dict) -> ConverterOutput:
        """Convert a batch of source points; see ``KeypointConverter``."""
        return self.converter(
            inputs['keypoints'],
            inputs['keypoints_visible'],
            inputs.get('bboxes'),
            inputs.get('axes'),
        )

    def loss(self, inputs: dict, data_samples: dict, train_cfg: dict | None = None) -> dict:
        """Return ``loss_kpt`` for a pair batch.

        Distances are measured in units of the instance's size (``inputs['unit']``, (B,) pixels;
        the scale of the converter's frame where the preprocessor gives none).
        """
        output = self(inputs)
        scale = output.frame.scale
        unit = inputs['unit'][:, None, None] if 'unit' in inputs else scale
        log_sigma = output.log_sigma
        if log_sigma is not None:
            log_sigma = log_sigma + (scale / unit)[..., 0].log()
        loss = self.loss_module(
            output.points / unit,
            data_samples['keypoints'] / unit,
            data_samples['keypoints_visible'] > 0,
            self.keypoint_weights,
            log_sigma,
        )
        return dict(loss_kpt=loss)

    def predict(
        self, inputs: dict, data_samples: dict, test_cfg: dict | None = None
    ) -> list[PoseDataSample]:
        """Return a sample for each instance, with the baselines' predictions beside the model's."""
        points, visible = inputs['keypoints'], inputs['keypoints_visible']
        output = self(inputs)
        values, inferred = self.converter.visibility(visible)
        prediction = dict(
            keypoints=output.points,
            keypoints_visible=values,
            keypoint_scores=_scores(output, values),
            keypoints_inferred=inferred,
        )
        if output.log_sigma is not None:
            prediction['keypoint_sigmas'] = output.log_sigma.exp() * output.frame.scale[..., 0]
        baselines = self._baselines(points, visible, inputs.get('bboxes'))
        return pack_pose_samples(prediction, baselines, data_samples, self.converter.target_schema)

    def _baselines(
        self, points: Tensor, visible: Tensor, bboxes: Tensor | None
    ) -> dict[str, dict[str, Tensor]]:
        """Return what the affine base and the hand-made map say, whatever the network."""
        baselines = {}
        converter = self.converter
        if bool(converter.fitted) and not converter.closed_form:
            values, inferred = converter.visibility(visible)
            baselines['affine'] = dict(
                keypoints=converter.affine(points, visible, bboxes),
                keypoints_visible=values,
                keypoints_inferred=inferred,
            )
        if converter.mapping is not None:
            moved, values = converter.mapping.apply(points.cpu().numpy(), visible.cpu().numpy())
            baselines['mapping'] = dict(
                keypoints=torch.as_tensor(moved),
                keypoints_visible=torch.as_tensor(values),
                keypoints_inferred=torch.zeros(values.shape, dtype=torch.bool),
            )
        return baselines


def _scores(output: ConverterOutput, values: Tensor) -> Tensor:
    """Return a score per point from 0 to 1: falls with the expected error where one is given."""
    given = (values > 0).to(output.points.dtype)
    if output.log_sigma is None:
        return given
    return given / (1 + output.log_sigma.exp())


def _keypoint_weights(converter: KeypointConverter, weights: MappingType[str, float]) -> Tensor:
    result = torch.ones(converter.target_schema.num_keypoints)
    for name, weight in weights.items():
        if not isinstance(weight, int | float) or not 0 <= weight < math.inf:
            raise LandmarkError(
                f'keypoint_weights: {name!r} weighs {weight!r}, expected a number of at least 0'
            )
        result[torch.as_tensor(converter.target_schema.indices(name))] = float(weight)
    return result
