"""A detector whose keypoints are known: red dots are corners, blue ones flaps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mmlandmark  # noqa: F401

# isort: split
import cv2
import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmpose.models.backbones.base_backbone import BaseBackbone
from mmpose.registry import MODELS

CHANNELS = ('corner', 'flap')
DOT = 1.5  # spread, pixels


@MODELS.register_module(force=True)
class ColourBackbone(BaseBackbone):
    """Gives red and blue of the input, as shares, for maps of squared error."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = torch.nn.Parameter(torch.tensor(1.0))

    def forward(self, inputs: torch.Tensor) -> tuple[torch.Tensor]:
        return (inputs[:, [0, 2]] * self.scale,)


def detector_config(size: tuple[int, int] | None = None, **head: Any) -> Config:
    """Return the config; pictures are resized to ``size`` (width, height) and padded, if given."""
    resize = [dict(type='ResizeChannels', size=size, keep_ratio=True, pad=True)] if size else []
    pipeline = [dict(type='LoadChannelImage'), *resize, dict(type='PackChannelInputs')]
    return Config(
        dict(
            default_scope='mmpose',
            model=dict(
                type='ChannelKeypointDetector',
                data_preprocessor=dict(
                    type='PoseDataPreprocessor', mean=[0] * 3, std=[255] * 3, bgr_to_rgb=True
                ),
                backbone=dict(type='ColourBackbone'),
                head=dict(
                    type='ChannelHeatmapHead',
                    in_channels=2,
                    channels=CHANNELS,
                    sigma=DOT,
                    loss=dict(type='ChannelMSELoss'),
                    peaks=dict(threshold=0.3),
                )
                | head,
            ),
            test_dataloader=dict(
                dataset=dict(type='ChannelKeypointDataset', ann_file='', pipeline=pipeline)
            ),
        )
    )


def write_checkpoint(path: Path, config: Config) -> Path:
    """Write the weights that make maps of colours."""
    with DefaultScope.overwrite_default_scope('mmpose'):
        model = MODELS.build(config.model)
    with torch.no_grad():
        model.head.layers.final.weight.copy_(torch.eye(2)[:, :, None, None])
        model.head.layers.final.bias.zero_()
    torch.save(dict(state_dict=model.state_dict(), meta={}), path)
    return path


def dotted_picture(width: int, height: int, corners: list, flaps: list) -> np.ndarray:
    """Return a black picture (height, width, 3) BGR with soft dots at x, y from its corner."""
    picture = np.zeros((height, width, 3))
    y, x = np.mgrid[:height, :width] + 0.5
    for layer, points in ((2, corners), (0, flaps)):
        for px, py in points:
            dot = np.exp(-((x - px) ** 2 + (y - py) ** 2) / (2 * DOT**2))
            picture[..., layer] = np.maximum(picture[..., layer], dot)
    return (255 * picture).round().astype(np.uint8)


def write_pictures(folder: Path) -> dict[str, tuple[list, list]]:
    """Write pictures of several sizes; return the corners and flaps of each."""
    folder.mkdir()
    placed = {
        'a.png': ((40, 30), [(10.5, 8.2), (30.3, 20.0)], [(20.0, 15.4)]),
        'b.png': ((25, 50), [], [(12.5, 40.1), (6.2, 9.5), (19.0, 25.0)]),
        'c.png': ((40, 30), [], []),
        'd.png': ((40, 30), [(33.0, 5.5)], []),
    }
    for name, ((width, height), corners, flaps) in placed.items():
        cv2.imwrite(str(folder / name), dotted_picture(width, height, corners, flaps))
    return {name: (corners, flaps) for name, (_, corners, flaps) in placed.items()}
