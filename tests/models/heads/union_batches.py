"""Batches of samples with labels, as MMPose's pipeline makes them, for the tests of heads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from mmengine.structures import InstanceData, PixelData
from mmpose.registry import KEYPOINT_CODECS, MODELS
from mmpose.structures import PoseDataSample

from mmlandmark.schemas import get_schema

SIZE = (48, 64)
"""Width and height of the input."""

CODECS: dict[str, dict[str, Any]] = {
    'msra': dict(type='MSRAHeatmap', input_size=SIZE, heatmap_size=(12, 16), sigma=2),
    'udp': dict(type='UDPHeatmap', input_size=SIZE, heatmap_size=(12, 16), sigma=2),
    'udp_combined': dict(
        type='UDPHeatmap', input_size=SIZE, heatmap_size=(12, 16), heatmap_type='combined'
    ),
    'megvii': dict(type='MegviiHeatmap', input_size=SIZE, heatmap_size=(12, 16), kernel_size=5),
}
SIMCC_CODECS: dict[str, dict[str, Any]] = {
    'gaussian': dict(type='SimCCLabel', input_size=SIZE, sigma=4.0, simcc_split_ratio=2.0),
    'standard': dict(
        type='SimCCLabel', input_size=SIZE, smoothing_type='standard', label_smooth_weight=0.1
    ),
}
DATASETS = dict(coco='coco17', mpii='mpii16')
SCHEMAS = DATASETS | dict(face68='face68')
HEADS: dict[str, dict[str, Any]] = {
    'msra': dict(type='UnionHeatmapHead', decoder=CODECS['msra']),
    'udp': dict(type='UnionHeatmapHead', decoder=CODECS['udp']),
    'udp_combined': dict(
        type='UnionHeatmapHead',
        decoder=CODECS['udp_combined'],
        loss=dict(type='CombinedTargetMSELoss', use_target_weight=True),
    ),
    'megvii': dict(type='UnionHeatmapHead', decoder=CODECS['megvii']),
    'simcc': dict(
        type='UnionSimCCHead',
        decoder=SIMCC_CODECS['gaussian'],
        input_size=SIZE,
        in_featuremap_size=(12, 16),
    ),
    'rtmcc': dict(
        type='UnionRTMCCHead',
        decoder=SIMCC_CODECS['gaussian'],
        input_size=SIZE,
        in_featuremap_size=(12, 16),
    ),
}
"""Configs of union heads, by kind; on 12 x 16 features of 8 channels."""


def build(kind: str = 'udp', **options: Any) -> torch.nn.Module:
    """Return a union head of COCO and MPII with random weights, always the same."""
    torch.manual_seed(0)
    deconv = {} if kind == 'rtmcc' else dict(deconv_out_channels=None)
    common = dict(union='union21', datasets=DATASETS, in_channels=8)
    return MODELS.build(HEADS[kind] | deconv | common | options)


def pose_batch(
    names: Sequence[str],
    codec: Mapping[str, Any],
    labelled: float | Mapping[int, Sequence[int]] = 1.0,
    seed: int = 0,
    schemas: Mapping[str, str] = SCHEMAS,
) -> list[PoseDataSample]:
    """Return one sample per data set name, with random points inside the image.

    Args:
        names: The data set of each sample.
        codec: Config of the codec that makes the labels.
        labelled: The share of points that are labelled, or position -> labelled points of that
            sample (all points of the others).
        seed: Of the points.
        schemas: The schema of each data set.
    """
    rng, built = np.random.default_rng(seed), KEYPOINT_CODECS.build(dict(codec))
    samples = []
    for position, name in enumerate(names):
        schema = get_schema(schemas[name])
        count = schema.num_keypoints
        points = rng.uniform(0.2, 0.8, (1, count, 2)) * SIZE
        visible = (rng.uniform(size=(1, count)) < (labelled if _share(labelled) else 1)) * 1.0
        if not _share(labelled) and position in labelled:
            visible = np.isin(np.arange(count), list(labelled[position]))[None] * 1.0
        encoded = built.encode(points.astype(np.float32), visible.astype(np.float32))
        samples.append(_sample(position, name, schema, points, visible, encoded))
    return samples


def _share(labelled: Any) -> bool:
    return isinstance(labelled, int | float)


def _sample(
    position: int, name: str, schema: Any, points: Any, visible: Any, encoded: Any
) -> PoseDataSample:
    sample = PoseDataSample(
        metainfo=dict(
            id=position,
            img_path=f'{name}/{position}.jpg',
            dataset_name=name,
            flip_indices=schema.flip_indices.tolist(),
            input_size=SIZE,
            input_center=np.array(SIZE) / 2,
            input_scale=np.array(SIZE, dtype=np.float32),
        )
    )
    sample.gt_instances = InstanceData(
        keypoints=points,
        keypoints_visible=visible,
        bboxes=np.array([[0.0, 0.0, *SIZE]]),
        bbox_scores=np.ones(1),
    )
    fields = {key: encoded[key] for key in ('heatmaps',) if key in encoded}
    if fields:
        sample.gt_fields = PixelData(**{k: torch.from_numpy(v) for k, v in fields.items()})
    labels = {k: v for k, v in encoded.items() if k not in fields}
    sample.gt_instance_labels = InstanceData(**{k: torch.from_numpy(v) for k, v in labels.items()})
    return sample
