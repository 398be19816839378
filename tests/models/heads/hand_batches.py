"""Heads for points in space and batches of made-up hands for them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from mmengine.registry import DefaultScope
from mmengine.structures import InstanceData
from mmpose.registry import KEYPOINT_CODECS, MODELS
from mmpose.structures import PoseDataSample

SIZE = (64, 48)
CENTER, SCALE, PICTURE = (300.0, 200.0), (128.0, 192.0), (480, 640)
CODEC = dict(type='SimCCDepthLabel', input_size=SIZE, sigma=3.0, simcc_split_ratio=2.0)
GAU = dict(hidden_dims=12, s=8, expansion_factor=2, dropout_rate=0.0, drop_path=0.0)
HEADS = {
    'simcc': dict(
        type='RTMCCDepthHead',
        in_channels=6,
        in_featuremap_size=(4, 3),
        schema='hand21',
        final_layer_kernel_size=3,
        gau_cfg=dict(GAU, act_fn='SiLU', use_rel_bias=False, pos_enc=False),
        decoder=CODEC,
    ),
    'regression': dict(
        type='CoordinateRegressionHead',
        in_channels=6,
        hidden_channels=16,
        dropout=0.0,
        schema='hand21',
        decoder=dict(type='LandmarkStandardization', input_size=SIZE, depth='input'),
    ),
}


def build(kind: str = 'simcc', **options: object) -> torch.nn.Module:
    """Return a head with weights that do not depend on what was drawn before."""
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope('mmpose'):
        return MODELS.build({**HEADS[kind], **options})


def feats(count: int = 2, seed: int = 0) -> tuple[torch.Tensor, ...]:
    """Return the maps of ``count`` pictures; the head takes the last."""
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(count, 3, 8, 6), torch.rand(count, 6, 3, 4, generator=generator)


def truth(count: int = 2, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return points inside the input, (N, 21, 2), what is labelled, and points with z."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(1, 46, (count, 21, 2)).astype(np.float32)
    space = np.concatenate([points * 3, rng.normal(0, 0.1, (count, 21, 1))], axis=-1)
    return points, np.ones((count, 21), dtype=np.float32), space.astype(np.float32)


def samples(
    codec: dict, points: np.ndarray, visible: np.ndarray, space: np.ndarray | Sequence | None
) -> list[PoseDataSample]:
    """Return samples with the codec's labels; a ``space`` of None: a data set without z."""
    with DefaultScope.overwrite_default_scope('mmpose'):
        method = KEYPOINT_CODECS.build(codec)
    meta = dict(
        input_size=SIZE,
        input_center=np.array(CENTER),
        input_scale=np.array(SCALE),
        ori_shape=PICTURE,
    )
    batch = []
    for row in range(len(points)):
        at = slice(row, row + 1)
        given = dict(meta, keypoints_3d=None if space is None else space[at])
        extra = {key: given[key] for key in method.auxiliary_encode_keys}
        encoded = method.encode(points[at], visible[at], **extra)
        sample = PoseDataSample(metainfo=dict(id=row, img_path=f'{row}.png', **meta))
        sample.gt_instance_labels = InstanceData(
            **{key: torch.from_numpy(np.asarray(value)) for key, value in encoded.items()}
        )
        batch.append(sample)
    return batch
