"""A pose estimator whose network is perfect: its input carries the points that it shall find.

Channel k of an input is the heatmap of keypoint k at the size of the network's input; the last
channel is a ramp from left to right, by which the network sees that a picture is mirrored. Then it
answers as a trained network would: what looks like the left hand of the mirrored person is the
right hand.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from mmengine.model import BaseModule
from mmengine.structures import InstanceData
from mmpose.models.heads import HeatmapHead
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample
from torch import Tensor

from mmlandmark.schemas import KeypointSchema, get_schema

SIZE = (192, 256)
CODEC = dict(type='MSRAHeatmap', input_size=SIZE, heatmap_size=SIZE, sigma=2)
FLIP = dict(flip_test=True, flip_mode='heatmap', shift_heatmap=False)


@MODELS.register_module()
class PeakBackbone(BaseModule):
    """Gives the heatmaps that stand in the input."""

    def __init__(self, schema: str | KeypointSchema) -> None:
        super().__init__()
        self.flips = get_schema(schema).flip_indices.tolist()

    def forward(self, inputs: Tensor) -> tuple[Tensor]:
        maps, ramp = inputs[:, :-1], inputs[:, -1]
        mirrored = bool((ramp[:, 0, 0] > ramp[:, 0, -1]).all())
        return (maps[:, self.flips] if mirrored else maps,)


def peak_head(schema: str, **more: Any) -> dict[str, Any]:
    """Config of MMPose's heatmap head without a layer of its own."""
    count = get_schema(schema).num_keypoints
    return dict(
        type='HeatmapHead',
        in_channels=count,
        out_channels=count,
        deconv_out_channels=None,
        final_layer=None,
        decoder=CODEC,
        **more,
    )


def estimator(
    source: str | KeypointSchema, head: dict[str, Any], test_cfg: dict[str, Any] | None = None
) -> torch.nn.Module:
    """MMPose's top-down estimator around a head."""
    return MODELS.build(
        dict(
            type='TopdownPoseEstimator',
            backbone=dict(type='PeakBackbone', schema=source),
            head=head,
            test_cfg=test_cfg or {},
        )
    ).eval()


def inputs(
    points: np.ndarray, values: np.ndarray | float = 1.0, size: tuple[int, int] = SIZE
) -> Tensor:
    """Network inputs (B, S + 1, H, W) for (B, S, 2) points in them, with peaks of some height."""
    width, height = size
    x, y = np.arange(width), np.arange(height)
    away_x = (x - points[..., :1]) ** 2
    away_y = (y - points[..., 1:]) ** 2
    away = away_y[..., :, None] + away_x[..., None, :]
    maps = np.exp(-away / 8) * np.broadcast_to(values, points.shape[:2])[..., None, None]
    ramp = np.broadcast_to(np.linspace(0, 1, width), (len(points), 1, height, width))
    return torch.as_tensor(np.concatenate([maps, ramp], axis=1), dtype=torch.float32)


def samples(count: int, schema: KeypointSchema, seed: int = 0) -> list[PoseDataSample]:
    """Samples of a data set of a schema, each cut out of another part of its picture."""
    rng = np.random.default_rng(seed)
    made = []
    for index in range(count):
        sample = PoseDataSample(
            metainfo=dict(
                id=index + 1,
                img_id=index + 1,
                img_path=f'{index + 1}.jpg',
                dataset_name=schema.name,
                flip_indices=schema.flip_indices.tolist(),
                input_size=SIZE,
                input_center=rng.uniform(200, 900, 2).astype(np.float32),
                # not the input's proportions: a sample need not be
                input_scale=rng.uniform(150, 700, 2).astype(np.float32),
            )
        )
        sample.gt_instances = InstanceData(
            keypoints=np.zeros((1, schema.num_keypoints, 2), np.float32),
            keypoints_visible=np.ones((1, schema.num_keypoints), np.float32),
            bboxes=np.concatenate([rng.uniform(0, 200, (1, 2)), rng.uniform(300, 900, (1, 2))], 1),
            bbox_scores=np.ones(1, np.float32),
        )
        made.append(sample)
    return made


def in_image(points: np.ndarray, made: list[PoseDataSample]) -> np.ndarray:
    """(B, K, 2) points of the inputs in coordinates of their pictures."""
    scale, center = (
        np.array([s.metainfo[key] for s in made], dtype=np.float64)[:, None]
        for key in ('input_scale', 'input_center')
    )
    return points / np.array(SIZE) * scale + center - scale / 2


def random_points(count: int, schema: str, seed: int = 0) -> np.ndarray:
    """(B, S, 2) points of inputs at whole pixels, away from the edges."""
    shape = (count, get_schema(schema).num_keypoints, 2)
    return np.random.default_rng(seed).integers(20, 170, shape).astype(np.float64)


def head_of(model: torch.nn.Module) -> HeatmapHead:
    """The trained head inside a converted one."""
    return model.head.head
