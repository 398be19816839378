"""What a top-down model sees of boxes: the test pipeline of its config, without what no head reads.

MMPose's ``PackPoseInputs`` copies every picture once more and every metainfo deeply; both cost more
than cutting a crop. Nothing else of the pipeline is replaced.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from mmengine.dataset import Compose
from mmengine.structures import InstanceData
from mmpose.datasets.transforms import PackPoseInputs
from mmpose.structures import PoseDataSample
from torch import Tensor

from mmlandmark.errors import LandmarkError


class Crop(NamedTuple):
    """One box as the model sees it.

    Args:
        inputs: (3, H, W) as the pipeline makes it, uint8 as a rule.
        sample: What heads read: where the crop lies, the box, the data set.
    """

    inputs: Tensor
    sample: PoseDataSample


class CropPipeline:
    """Cuts boxes out of pictures.

    Args:
        steps: The test pipeline of a config.
        metainfo: Of the data set, in MMPose's form.
        pack_all: Pack as the pipeline does, for models that read more than heads do.
    """

    def __init__(
        self, steps: Sequence[Any], metainfo: Mapping[str, Any], pack_all: bool = False
    ) -> None:
        self._steps, self._metainfo = Compose(list(steps)).transforms, dict(metainfo)
        self._pack = None
        if not pack_all and self._steps and type(self._steps[-1]) is PackPoseInputs:
            self._pack = self._steps.pop()

    def __call__(
        self, picture: np.ndarray, box: np.ndarray, name: str | None, dataset_name: str | None
    ) -> Crop:
        """Return what the model sees of a box.

        Args:
            picture: (H, W, 3) uint8, blue, green, red.
            box: (4,) x1, y1, x2, y2, pixels.
            name: Of the picture, for messages.
            dataset_name: The data set that the box is said to be of; None: as the metainfo says.

        Raises:
            LandmarkError: The pipeline drops the box.
        """
        results = {
            **self._metainfo,
            'img': picture,
            'img_path': name,
            'img_id': 0,
            'id': 0,
            'bbox': np.asarray(box)[None],
            'bbox_score': np.ones(1, dtype=np.float32),
        }
        if dataset_name is not None:
            results['dataset_name'] = dataset_name
        for step in self._steps:
            results = step(results)
            if results is None:
                raise LandmarkError(
                    f'{name}: {type(step).__name__} of the test pipeline drops the box '
                    f'{np.asarray(box).tolist()}'
                )
        if self._pack is None:
            return Crop(results['inputs'], results['data_samples'])
        inputs = torch.from_numpy(np.ascontiguousarray(results['img'])).permute(2, 0, 1)
        return Crop(inputs, self._sample(results))

    def _sample(self, results: Mapping[str, Any]) -> PoseDataSample:
        sample, instances = PoseDataSample(), InstanceData()
        table = results.get('instance_mapping_table', self._pack.instance_mapping_table)
        for key, packed in table.items():
            if key in results:
                instances.set_field(results[key], packed)
        sample.gt_instances = instances
        for key in self._pack.meta_keys:
            if key in results:  # set_metainfo would copy it deeply
                sample.set_field(results[key], key, field_type='metainfo')
        return sample
