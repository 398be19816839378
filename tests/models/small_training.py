"""A small model, its labels in memory, and trainings of a few iterations by MMEngine's runner."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.registry import RUNNERS
from mmengine.runner import Runner
from mmpose.registry import DATASETS, MODELS
from torch import Tensor, nn
from torch.utils.data import Dataset

from models.heads.decoder_batches import GAU, KL, MSE, SIMCC_SIZES
from models.heads.union_batches import CODECS, HEADS, SIMCC_CODECS, SIZE, pose_batch
from models.heads.union_batches import DATASETS as MEMBERS

LABELS = dict(type='KeypointLabels')
NAMES = ('coco', 'mpii', 'coco', 'coco', 'mpii', 'coco')
STOCK = dict(
    HeatmapHead=dict(decoder=CODECS['udp'], loss=MSE, deconv_out_channels=None),
    RTMCCHead=dict(decoder=SIMCC_CODECS['gaussian'], loss=KL, gau_cfg=GAU, **SIMCC_SIZES),
)
"""MMPose's heads of 17 keypoints; on 12 x 16 features of 8 channels."""
_NUMBERS = itertools.count()


@MODELS.register_module(force=True)
class Stem(nn.Module):
    """A backbone of two convolutions: features (B, 8, H / 4, W / 4)."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, 8, 3, 2, 1, bias=False),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.Conv2d(8, 8, 3, 2, 1),
        )

    def forward(self, pictures: Tensor) -> tuple[Tensor]:
        return (self.layers(pictures),)

    def init_weights(self) -> None:
        pass


@DATASETS.register_module(force=True)
class Labelled(Dataset):
    """Pictures of noise and their labels; iterations see them in their order."""

    metainfo: dict[str, Any] = {}

    def __init__(
        self,
        encoder: Mapping[str, Any],
        names: Sequence[str] = NAMES,
        labelled: Any = 0.6,
        number: int = 3,
    ) -> None:
        rng = torch.Generator().manual_seed(0)
        self.samples = [s for i in range(number) for s in pose_batch(names, encoder, labelled, i)]
        shape = (len(self.samples), 3, SIZE[1], SIZE[0])
        self.pictures = torch.randint(0, 256, shape, dtype=torch.uint8, generator=rng)

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> dict[str, Any]:
        sample = copy.deepcopy(self.samples[index])
        return dict(inputs=self.pictures[index], data_samples=sample)


def labelled(head: Mapping[str, Any], **options: Any) -> dict[str, Any]:
    """Return the config of a data set with the labels that a head of ``head_config`` takes."""
    stock = head['type'] in STOCK or 'decoder_head' in head or 'union' in head
    encoder = LABELS if head.get('targets', 'pipeline' if stock else 'device') == 'device' else None
    names = NAMES if 'datasets' in head else ('coco',) * len(NAMES)
    encoder = encoder or head.get('decoder') or head['decoder_head']['decoder']
    return dict(type='Labelled', encoder=encoder, names=names) | options


def head_config(kind: str, **options: Any) -> dict[str, Any]:
    """Return the config of a head: of one of ``STOCK`` or its device's, of a union, or decoders."""
    if kind.removeprefix('Device') in STOCK:
        config = STOCK[kind.removeprefix('Device')] | dict(out_channels=17)
        return dict(type=kind, in_channels=8) | config | options
    if kind == 'decoders':
        head = dict(type='HeatmapHead', in_channels=8) | STOCK['HeatmapHead']
        return dict(type='MultiDecoderHead', datasets=MEMBERS, decoder_head=head) | options
    layers = {} if kind == 'rtmcc' else dict(deconv_out_channels=None)
    union = dict(union='union21', datasets=MEMBERS, in_channels=8)
    return HEADS[kind] | layers | union | options


def estimator(head: Mapping[str, Any], **options: Any) -> dict[str, Any]:
    """Return the config of the model around a head."""
    preprocessor = dict(
        type='PoseDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        bgr_to_rgb=True,
    )
    return dict(
        type='TopdownPoseEstimator',
        data_preprocessor=preprocessor,
        backbone=dict(type='Stem'),
        head=dict(head),
        test_cfg=dict(),
    ) | dict(options)


def config(folder: Path, model: Mapping[str, Any], dataset: Mapping[str, Any]) -> Config:
    """Return the config of a training of three iterations, without shuffling."""
    return Config(
        dict(
            default_scope='mmpose',
            work_dir=str(folder),
            experiment_name=f'{folder.name}-{next(_NUMBERS)}',
            model=dict(model),
            train_dataloader=dict(
                batch_size=len(NAMES),
                num_workers=0,
                sampler=dict(type='DefaultSampler', shuffle=False),
                dataset=dict(dataset),
            ),
            train_cfg=dict(by_epoch=True, max_epochs=1),
            optim_wrapper=dict(type='OptimWrapper', optimizer=dict(type='AdamW', lr=1e-3)),
            default_hooks=dict(
                runtime_info=dict(type='RuntimeInfoHook'),
                logger=dict(type='LoggerHook', interval=2),
            ),
            randomness=dict(seed=0),
            log_level='WARNING',
        )
    )


def start(
    folder: Path,
    model: Mapping[str, Any],
    dataset: Mapping[str, Any],
    options: Mapping[str, Any] | None = None,
) -> Runner:
    """Return a runner; ``options`` are those of ``--cfg-options``."""
    cfg = config(folder, model, dataset)
    cfg.merge_from_dict(copy.deepcopy(dict(options or {})))
    return RUNNERS.build(cfg) if 'runner_type' in cfg else Runner.from_cfg(cfg)


def train(*args: Any) -> tuple[list[float], dict[str, Tensor]]:
    """Start as ``start`` and return the loss of each iteration and the weights after the last."""
    runner = start(*args)
    runner.train()
    return history(runner, 'loss'), runner.model.state_dict()


def history(runner: Runner, key: str) -> list[float]:
    """Return what the runner was told of a loss or an accuracy."""
    return runner.message_hub.get_scalar(f'train/{key}').data[0].tolist()
