"""Batches of predictions as the samples that MMPose's metrics read."""

from __future__ import annotations

import numpy as np
from mmengine.structures import InstanceData
from mmpose.structures import PoseDataSample
from torch import Tensor

from mmlandmark.schemas import KeypointSchema

_OWN_FIELDS = ('keypoints', 'keypoints_visible', 'bboxes', 'ids', 'img_ids', 'index')


def pack_pose_samples(
    prediction: dict[str, Tensor],
    baselines: dict[str, dict[str, Tensor]],
    data_samples: dict[str, Tensor],
    schema: KeypointSchema,
) -> list[PoseDataSample]:
    """Return one ``PoseDataSample`` per instance.

    Tensors are copied to the CPU once, as whole batches.

    Args:
        prediction: Fields (B, T, ...) of the model's ``pred_instances``.
        baselines: The same for each baseline, by name.
        data_samples: The batch's target side, as ``PairedKeypointDataset`` gives it; each further
            field (B,) becomes a field of ``gt_instances``.
        schema: The target schema, into the samples' metainfo.
    """
    predicted = _rows(prediction)
    others = {name: _rows(fields) for name, fields in baselines.items()}
    truth = {k: v.detach().cpu().numpy() for k, v in data_samples.items()}
    extra = [key for key in truth if key not in _OWN_FIELDS]
    flips = schema.flip_indices.tolist()
    samples = []
    for i in range(len(truth['keypoints'])):
        sample = PoseDataSample(
            metainfo=dict(
                id=int(truth['ids'][i]),
                img_id=int(truth['img_ids'][i]),
                category_id=1,
                dataset_name=schema.name,
                flip_indices=flips,
            )
        )
        sample.pred_instances = InstanceData(**_row(predicted, i))
        sample.gt_instances = InstanceData(
            keypoints=truth['keypoints'][i : i + 1],
            keypoints_visible=truth['keypoints_visible'][i : i + 1],
            bboxes=truth['bboxes'][i : i + 1],
            bbox_scores=np.ones(1, dtype=np.float32),
            **{key: truth[key][i : i + 1] for key in extra},
        )
        sample.set_field({name: _row(rows, i) for name, rows in others.items()}, 'baselines')
        samples.append(sample)
    return samples


def _rows(fields: dict[str, Tensor]) -> dict[str, np.ndarray]:
    return {name: value.detach().cpu().numpy() for name, value in fields.items()}


def _row(fields: dict[str, np.ndarray], i: int) -> dict[str, np.ndarray]:
    return {name: value[i : i + 1] for name, value in fields.items()}
