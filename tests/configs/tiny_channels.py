"""Configs of channel keypoints made small: a few pictures of odd sizes, thin backbones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from mmengine.config import Config
from mmengine.dist import get_rank

from .tiny import NARROW as OF_MMPOSE

CONFIGS = Path(__file__).resolve().parents[2] / 'configs' / 'channel_keypoints'
LEAVES = sorted(CONFIGS.glob('*.py'))
# one of each backbone
KINDS = [
    CONFIGS / f'{name}_boxes-128x128.py'
    for name in ('dilated-cnn', 'dinov2-small', 'hrnet-w32', 's3k', 'unet', 'unet-resnet34')
]
OVERFIT = CONFIGS / 'unet_overfit-sample.py'
SIZES = ((61, 47), (33, 58), (40, 40))  # width, height
NAMES = dict(corner=['corner'], flap=['flap'])
ENCODERS = {
    'tu-convnext_tiny': dict(encoder_name='tu-convnext_atto'),
    'tu-maxvit_nano_rw_256': dict(
        img_size=64, depths=(1, 1, 1, 1), embed_dim=(32, 32, 32, 32), stem_width=(8, 8)
    ),
    'tu-mobilenetv3_large_100': dict(encoder_name='tu-mobilenetv3_small_050'),
    'tu-resnet34': dict(encoder_name='tu-resnet10t'),
}
NARROW = {
    'UNet': dict(widths=(4, 4, 4)),
    'DilatedCNN': dict(width=4, dilations=(1, 2)),
    'S3K': dict(width=4),
    'DINOv2': dict(
        width=4, out_indices=(0, 1), depth=2, embed_dim=32, num_heads=2, pretrained=False
    ),
    'SmpBackbone': dict(decoder_channels=(8, 8, 4, 4, 4), pretrained=False),
    'HRNet': OF_MMPOSE['HRNet'],
}


def write_pictures(folder: Path) -> Path:
    """Write three pictures of noise, of which one has no keypoints, as each part of a data set."""
    rng = np.random.default_rng(0)
    entries: list[dict[str, Any]] = []
    (folder / 'images').mkdir(parents=True)
    for number, (width, height) in enumerate(SIZES):
        name = f'images/{number}.png'
        cv2.imwrite(str(folder / name), rng.integers(0, 256, (height, width, 3), dtype=np.uint8))
        points = {
            channel: rng.random((2 * number + more, 2)).tolist() if number else []
            for channel, more in (('corner', 1), ('flap', 0))
        }
        entries.append(dict(image_path=name, **points))
    for part in ('train', 'val', 'test'):
        (folder / f'{part}.json').write_text(json.dumps(dict(dataset=entries)))
    return folder


def tiny(path: Path, data: Path, work_dir: Path) -> Config:
    """Return a config for one epoch of one batch: odd sizes, and several of them in validation."""
    cfg = Config.fromfile(path)
    # two processes of one folder each keep their own
    cfg.work_dir, cfg.experiment_name = str(work_dir), f'{path.stem}-{work_dir.name}-{get_rank()}'
    cfg.visualizer.name = cfg.experiment_name  # else the first of the process is used again
    cfg.vis_backends = cfg.visualizer.vis_backends = [dict(type='LocalVisBackend')]
    cfg.train_cfg = dict(by_epoch=True, max_epochs=1, val_interval=1)
    cfg.default_hooks.checkpoint.interval = 1
    backbone = cfg.model.backbone
    backbone.pop('init_cfg', None)
    backbone.update(ENCODERS.get(backbone.get('encoder_name'), {}), **NARROW[backbone.type])
    cfg.model.head.in_channels = 4
    for part in ('train', 'val', 'test'):
        loader = cfg[f'{part}_dataloader']
        loader.update(num_workers=0, persistent_workers=False, batch_size=3)
        if path == OVERFIT:
            loader.dataset.pop('times', None)
            loader.dataset = loader.dataset.get('dataset', loader.dataset)
            loader.dataset.pop('channels')  # an update would add to them
            loader.dataset.update(ann_file=f'{part}.json', channels=NAMES)
        loader.dataset.update(data_root=f'{data}/', serialize_data=False)
        for step in loader.dataset.pipeline:
            if step.type == 'ResizeChannels' and part == 'train':
                step.size = SIZES[0]
        if part != 'train':
            loader.dataset.pipeline = [s for s in loader.dataset.pipeline if 'Resize' not in s.type]
    if path == OVERFIT:
        cfg.model.head.channels = list(NAMES)
    return cfg
