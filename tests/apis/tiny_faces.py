"""Small models of dog faces and a face detector with random weights, as files, and pictures."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.registry import MODELS

from mmlandmark.schemas import get_schema

SIZE = 64
CODEC = dict(type='MSRAHeatmap', input_size=(SIZE, SIZE), heatmap_size=(16, 16), sigma=2)
NARROW_HRNET = {
    f'stage{stage}': dict(
        num_modules=1,
        num_branches=stage,
        block='BOTTLENECK' if stage == 1 else 'BASIC',
        num_blocks=(1,) * stage,
        num_channels=tuple(4 * 2**i for i in range(stage)),
    )
    for stage in (1, 2, 3, 4)
}
UNION_HEAD = dict(
    type='UnionHeatmapHead',
    union=dict(name='dogs', members=['dogflw46']),
    datasets=dict(dogs='dogflw46'),
)


def landmark_config(schema: str = 'dogflw46', **head: Any) -> Config:
    """Return the config of a small model; ``head`` replaces settings of its head."""
    heatmap_head = dict(
        in_channels=4,
        deconv_out_channels=None,
        loss=dict(type='KeypointMSELoss', use_target_weight=True),
        decoder=CODEC,
    )
    if head.get('type') != 'UnionHeatmapHead':
        head = dict(type='HeatmapHead', out_channels=get_schema(schema).num_keypoints, **head)
    dataset = dict(
        type='CocoKeypointDataset',
        schema=schema,
        dataset_name='dogs',
        data_root='data/absent/',
        ann_file='absent.json',
        test_mode=True,
        pipeline=[
            dict(type='LoadImage'),
            dict(type='GetBBoxCenterScale'),
            dict(type='TopdownAffine', input_size=CODEC['input_size']),
            dict(type='PackPoseInputs'),
        ],
    )
    return Config(
        dict(
            default_scope='mmpose',
            custom_imports=dict(imports=['mmlandmark'], allow_failed_imports=False),
            model=dict(
                type='TopdownPoseEstimator',
                data_preprocessor=dict(
                    type='PoseDataPreprocessor',
                    mean=[123.675, 116.28, 103.53],
                    std=[58.395, 57.12, 57.375],
                    bgr_to_rgb=True,
                ),
                backbone=dict(
                    type='HRNet',
                    in_channels=3,
                    extra=NARROW_HRNET,
                    init_cfg=dict(type='Pretrained', checkpoint='absent.pth'),
                ),
                head={**heatmap_head, **head},
                test_cfg=dict(flip_test=True, flip_mode='heatmap', shift_heatmap=False),
            ),
            test_dataloader=dict(batch_size=2, num_workers=0, dataset=dataset),
        )
    )


def save_model(
    folder: Path, cfg: Config, name: str = 'dogs', schema: str | None = 'dogflw46'
) -> tuple[Path, Path]:
    """Write a config and a checkpoint of random weights, and return their paths."""
    config, checkpoint = folder / f'{name}.py', folder / f'{name}.pth'
    cfg.dump(config)
    settings = deepcopy(cfg.model)
    settings.backbone.init_cfg = None
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope('mmpose'):
        model = MODELS.build(settings)
    for parameter in model.head.parameters():  # else all maps are nearly flat
        torch.nn.init.normal_(parameter, std=0.3)
    meta = {}
    if schema is not None:
        meta['dataset_meta'] = parse_pose_metainfo(get_schema(schema).to_metainfo())
    torch.save(dict(state_dict=model.state_dict(), meta=meta), checkpoint)
    return config, checkpoint


def make_picture(width: int = 120, height: int = 90, seed: int = 0) -> np.ndarray:
    """Return a smooth random picture, (height, width, 3) uint8."""
    noise = np.random.default_rng(seed).integers(0, 256, (9, 12, 3), dtype=np.uint8)
    return cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)


def write_pictures(folder: Path, count: int = 3) -> list[Path]:
    """Write pictures of several sizes and return their paths."""
    paths = [folder / f'dog{number}.png' for number in range(count)]
    for number, path in enumerate(paths):
        cv2.imwrite(str(path), make_picture(120 + 8 * number, 90, seed=number))
    return paths
