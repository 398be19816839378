"""From a sample of channel keypoints to what a model takes."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from mmcv.transforms import BaseTransform
from mmengine.structures import InstanceData
from mmpose.registry import TRANSFORMS
from mmpose.structures import PoseDataSample

from mmlandmark.errors import LandmarkError

#: What a data sample says of its picture.
META_KEYS = (
    'img_path',
    'img_id',
    'ori_shape',
    'img_shape',
    'channel_names',
    'to_picture',
    'dropped_points',
    'dataset_name',
    'flip_channels',
)
# What transforms of MMPose and MMCV leave behind that move the picture, or fill it up, and know
# nothing of channel keypoints and of the size before.
_MOVED = ('flip', 'input_center', 'warp_mat', 'scale_factor', 'crop_size', 'pad_shape')


@TRANSFORMS.register_module()
class PackChannelInputs(BaseTransform):
    """Packs a sample; last in a pipeline.

    It gives ``inputs`` (3, h, w) uint8, channels as loaded (BGR), and ``data_samples``, a
    ``PoseDataSample``. Its ``gt_instances`` have ``points`` (M, 2) float32 in pixels of the input,
    ``channels`` (M,) int64 and ``depths`` (M,) float32, NaN for none. Its metainfo has
    ``META_KEYS``; ``img_shape`` is the (h, w) of the input before anything is filled up, by
    ``PadChannels`` or to make a batch.

    Raises:
        LandmarkError: Some transform has moved the picture and left the keypoints behind.
    """

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Return ``inputs`` and ``data_samples``."""
        for key in _MOVED:
            if key in results:
                raise LandmarkError(
                    f'{results["dataset_name"]}: a transform of the pipeline sets {key!r}: it '
                    'moves or fills up pictures without channel keypoints; expected '
                    'ResizeChannels, PadChannels, RandomChannelAffine and the like'
                )
        image = np.ascontiguousarray(results['img'].transpose(2, 0, 1))
        sample = PoseDataSample(metainfo={key: results[key] for key in META_KEYS})
        sample.gt_instances = InstanceData(
            points=torch.from_numpy(results['channel_points'].astype(np.float32)),
            channels=torch.from_numpy(results['channel_ids'].astype(np.int64)),
            depths=torch.from_numpy(results['channel_depths'].astype(np.float32)),
        )
        return {'inputs': torch.from_numpy(image), 'data_samples': sample}
