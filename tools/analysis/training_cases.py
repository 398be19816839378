"""Models, drawn pictures and trainings of ``benchmark_training.py``."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.hub import get_config
from mmengine.logging import MessageHub
from mmengine.optim import build_optim_wrapper
from mmpose.registry import DATASETS, MODELS
from torch.utils.data import DataLoader, Dataset, Subset
from training_options import OPTIONS

from mmlandmark.annotations.writer import write_json
from mmlandmark.engine.hooks import CompileHook
from mmlandmark.memory import keep_memory

KEYPOINTS, PICTURES = 98, 16
_FACES = 'face_2d_keypoint'
CONFIGS = {
    'MobileNetV2': f'{_FACES}/topdown_heatmap/coco_wholebody_face/'
    'td-hm_mobilenetv2_8xb32-60e_coco-wholebody-face-256x256.py',
    'RTMPose-t': f'{_FACES}/rtmpose/face6/rtmpose-t_8xb256-120e_face6-256x256.py',
    'HRNet-W32': 'body_2d_keypoint/topdown_heatmap/coco/td-hm_hrnet-w32_8xb64-210e_coco-256x192.py',
    'ViTPose-B': 'body_2d_keypoint/topdown_heatmap/coco/'
    'td-hm_ViTPose-base_8xb64-210e_coco-256x192.py',
}


def draw_pictures(folder: Path, size: Sequence[int], face: float, number: int = PICTURES) -> None:
    """Write JPEGs of one face each, and their annotations as those of WFLW.

    Args:
        folder: Where to.
        size: Width and height of a picture, pixels.
        face: Side of the box as a share of the picture's shorter side.
        number: How many.
    """
    rng, side = np.random.default_rng(0), face * min(size)
    images, annotations = [], []
    for row in range(number):
        rough = rng.integers(0, 256, (size[1] // 16, size[0] // 16, 3), dtype=np.uint8)
        picture = cv2.resize(rough, tuple(size), interpolation=cv2.INTER_CUBIC)
        center = rng.uniform(side / 2, np.array(size) - side / 2)
        points = center + rng.uniform(-0.45, 0.45, (KEYPOINTS, 2)) * side
        for x, y in points.round().astype(int).tolist():
            cv2.circle(picture, (x, y), 3, (255, 255, 255), -1)
        cv2.imwrite(str(folder / f'{row}.jpg'), picture)
        images.append(dict(id=row, file_name=f'{row}.jpg', width=size[0], height=size[1]))
        label = np.column_stack((points, np.full(KEYPOINTS, 2))).ravel().tolist()
        annotations.append(
            dict(id=row, image_id=row, category_id=1, iscrowd=0, keypoints=label)
            | dict(num_keypoints=KEYPOINTS, center=center.tolist(), scale=side / 200)
        )
    categories = [dict(id=1, name='face')]
    content = dict(images=images, annotations=annotations, categories=categories)
    write_json(folder / 'faces.json', content)


def stock_config(name: str, size: int) -> Config:
    """Return MMPose's config of a model, for 98 keypoints and square inputs.

    Pretrained weights are left out, and so is ``Albumentation``, which needs a package of its own.
    """
    cfg = get_config(f'mmpose::{CONFIGS[name]}')
    codec = dict(cfg.codec, input_size=(size, size))
    if 'heatmap_size' in codec:
        codec['heatmap_size'] = (size // 4, size // 4)
    model = cfg.model
    model.head.out_channels, model.head.decoder = KEYPOINTS, codec
    if 'input_size' in model.head:
        model.head.update(input_size=(size, size), in_featuremap_size=(size // 32, size // 32))
    model.backbone.init_cfg = None
    if 'img_size' in model.backbone:
        model.backbone.img_size = (size, size)
    if model.backbone.get('norm_cfg', {}).get('type') == 'SyncBN':
        model.backbone.norm_cfg.type = 'BN'  # as in a process alone
    steps = [t for t in cfg.train_pipeline if t.type not in ('Albumentation', 'RandomHalfBody')]
    for step in steps:
        if step.type == 'TopdownAffine':
            step.input_size = (size, size)
        if step.type == 'GenerateTarget':
            step.encoder = codec
    cfg.train_pipeline = steps
    return cfg


class Way:
    """A training as MMEngine's runner does it: a loader, a model and its optimiser.

    Args:
        name: Of the model.
        options: Names of ``OPTIONS``, applied in that order; some change the whole process.
        folder: Of ``draw_pictures``.
        size: Width and height of inputs.
        batch_size: Samples of a step.
        device: Where the model is.
    """

    def __init__(
        self,
        name: str,
        options: Sequence[str],
        folder: Path,
        size: int,
        batch_size: int,
        device: str,
    ) -> None:
        cfg = stock_config(name, size)
        cfg.device, cfg.data_folder = device, str(folder)
        for option in (option for option in OPTIONS if option in options):
            OPTIONS[option](cfg)
        if 'keep_memory' in cfg:
            keep_memory()
        if 'flush_denormals' in cfg:
            torch.set_flush_denormal(True)
        self.config, self.batch_size, self.device = cfg, batch_size, device
        self.dataset = DATASETS.build(
            dict(
                type='WFLWDataset',
                data_root=str(folder),
                ann_file='faces.json',
                pipeline=cfg.train_pipeline,
                serialize_data=False,
            )
        )
        torch.manual_seed(0)
        model = MODELS.build(cfg.model).to(device).train()
        self.model = (
            model.to(memory_format=torch.channels_last) if 'channels_last' in cfg else model
        )
        self.optim = build_optim_wrapper(self.model, cfg.optim_wrapper)
        if 'compile' in cfg:
            CompileHook().before_train(SimpleNamespace(model=self.model))
        self.kept: Any = None

    def loader(self, steps: int, workers: int) -> DataLoader:
        """Return a loader of so many batches of the pictures in turn."""
        rows = [row % len(self.dataset) for row in range(steps * self.batch_size)]
        samples: Dataset = Subset(self.dataset, rows)
        return DataLoader(
            samples,
            self.batch_size,
            num_workers=workers,
            collate_fn=pseudo_collate,
            multiprocessing_context='fork' if workers else None,
        )

    def batch(self) -> Mapping[str, Any]:
        """Return the same batch every time, which the model may change."""
        if self.kept is None:
            (self.kept,) = self.loader(1, 0)
        return copy.deepcopy(self.kept)

    def step(self, batch: Mapping[str, Any]) -> None:
        """Take a training step and wait for it; the runner's count goes on."""
        hub = MessageHub.get_current_instance()
        hub.update_info('iter', hub.get_info('iter', -1) + 1)
        self.model.train_step(batch, optim_wrapper=self.optim)
        self.wait()

    def wait(self) -> None:
        """Wait for the device."""
        if self.device != 'cpu':
            torch.cuda.synchronize(self.device)
