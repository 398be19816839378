"""An estimator for pictures with any number of keypoints per channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mmpose.models.pose_estimators.base import BasePoseEstimator
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample
from torch import Tensor

from mmlandmark.errors import LandmarkError
from mmlandmark.models.backbones.padding import PaddedBackbone
from mmlandmark.models.heads.channel_heatmap_head import ChannelHeatmapHead


@MODELS.register_module()
class ChannelKeypointDetector(BasePoseEstimator):
    """A backbone, a neck where wanted, and a ``ChannelHeatmapHead``.

    Any backbone of MMPose will do, and those that pad their inputs themselves. Arguments are those
    of MMPose's estimators; ``test_cfg`` may have ``flip_test``, ``output_heatmaps`` and ``peaks``,
    see the head's ``predict``.

    Args:
        **options: ``backbone``, ``neck``, ``head``, ``data_preprocessor``, ``test_cfg`` and so on.

    Raises:
        LandmarkError: The head is another.
    """

    def __init__(self, **options: Any) -> None:
        if isinstance(options.get('data_preprocessor'), Mapping):
            # built here: MMEngine would look in its own registry where no default scope is set
            options['data_preprocessor'] = MODELS.build(options['data_preprocessor'])
        super().__init__(**options)
        head = getattr(self, 'head', None)
        if not isinstance(head, ChannelHeatmapHead):
            raise LandmarkError(
                f'ChannelKeypointDetector: the head is {type(head).__name__}; expected '
                'ChannelHeatmapHead'
            )
        if not self.with_neck and isinstance(self.backbone, PaddedBackbone):
            # what it says is surer than what sizes tell
            head.layers.in_stride = head.layers.in_stride or self.backbone.strides[0]

    def loss(self, inputs: Tensor, data_samples: Sequence[PoseDataSample]) -> dict[str, Tensor]:
        """Return the head's losses.

        Args:
            inputs: (B, 3, H, W).
            data_samples: One per picture, as ``PackChannelInputs`` makes them.
        """
        _note_shape(inputs, data_samples)
        return self.head.loss(self.extract_feat(inputs), data_samples, self.train_cfg)

    def predict(
        self, inputs: Tensor, data_samples: Sequence[PoseDataSample]
    ) -> Sequence[PoseDataSample]:
        """Return the samples with ``pred_instances`` in pixels of the pictures.

        Args:
            inputs: (B, 3, H, W).
            data_samples: One per picture, with ``img_shape`` and ``to_picture``. With
                ``test_cfg['output_heatmaps']`` they get ``pred_fields`` too.
        """
        _note_shape(inputs, data_samples)
        feats = self.extract_feat(inputs)
        if self.test_cfg.get('flip_test', False):
            feats = [feats, self.extract_feat(inputs.flip(-1))]
        found = self.head.predict(feats, data_samples, self.test_cfg)
        instances, fields = found if isinstance(found, tuple) else (found, [])
        for sample, instance in zip(data_samples, instances, strict=True):
            sample.pred_instances = instance
        for sample, field in zip(data_samples, fields, strict=False):
            sample.pred_fields = field
        return data_samples

    def _forward(
        self, inputs: Tensor, data_samples: Sequence[PoseDataSample] | None = None
    ) -> Tensor:
        """Return the head's maps (B, C, h, w), before any sigmoid."""
        return self.head(self.extract_feat(inputs), tuple(inputs.shape[-2:]))


def _note_shape(inputs: Tensor, samples: Sequence[PoseDataSample]) -> None:
    shape = tuple(inputs.shape[-2:])
    for sample in samples:
        sample.set_metainfo(dict(batch_input_shape=shape))
