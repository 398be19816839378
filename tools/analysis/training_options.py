"""Options of ``benchmark_training.py``: what changes MMPose's config of a training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

from mmengine.config import Config

from mmlandmark.compat.amp import register_cpu_wrapper
from mmlandmark.geometry.random_affine import RandomAffine


def _targets(cfg: Config) -> None:
    cfg.model.head.type = f'Device{cfg.model.head.type}'
    for step in cfg.train_pipeline:
        if step.type == 'GenerateTarget':
            step.encoder = dict(type='KeypointLabels')


def _accuracy(cfg: Config) -> None:
    if not cfg.model.head.type.startswith('Device'):
        _targets(cfg)
    cfg.model.head.accuracy_interval = 50


def _packed(cfg: Config) -> None:
    cfg.model.data_preprocessor.type = 'PackedPoseDataPreprocessor'


def _decode(cfg: Config) -> None:
    cfg.train_pipeline = [dict(type='LoadImageForCrop', transforms=cfg.train_pipeline)]


def _cache(cfg: Config) -> None:
    folder = str(Path(cfg.data_folder) / 'cache')
    cached = dict(cache=dict(folder=folder, max_gb=1))
    if cfg.train_pipeline[0].type != 'LoadImageForCrop':
        _decode(cfg)
    cfg.train_pipeline[0].update(cached)


def _fused(cfg: Config) -> None:
    cfg.optim_wrapper.optimizer.fused = True


def _channels_last(cfg: Config) -> None:
    cfg.channels_last = True


def _memory(cfg: Config) -> None:
    cfg.keep_memory = True


def _denormals(cfg: Config) -> None:
    cfg.flush_denormals = True


def _augment(cfg: Config) -> None:
    """Flip, scale and rotation on the device; needs ``targets``."""
    if not cfg.model.head.type.startswith('Device'):
        _targets(cfg)
    steps = {step.type: step for step in cfg.train_pipeline}
    affine = {
        name: value
        for name, value in steps.get('RandomBBoxTransform', {}).items()
        if name in {field.name for field in fields(RandomAffine)}
    }
    crop = dict(
        type='CropWithMargin',
        input_size=steps['TopdownAffine'].input_size,
        use_udp=steps['TopdownAffine'].get('use_udp', False),
        affine=affine,
    )
    taken = ('RandomFlip', 'RandomBBoxTransform')
    kept = [step for step in cfg.train_pipeline if step.type not in taken]
    cfg.train_pipeline = [crop if step.type == 'TopdownAffine' else step for step in kept]
    cfg.model.data_preprocessor.update(type='AugmentingPoseDataPreprocessor', affine=affine)


def _bf16(cfg: Config) -> None:
    if cfg.device == 'cpu':
        register_cpu_wrapper()
        cfg.optim_wrapper.type = 'Bf16OptimWrapper'
    else:
        cfg.optim_wrapper.update(type='AmpOptimWrapper', dtype='bfloat16')


def _compile(cfg: Config) -> None:
    cfg.compile = True


OPTIONS: dict[str, Callable[[Config], None]] = {
    'targets': _targets,
    'accuracy': _accuracy,
    'packed': _packed,
    'decode': _decode,
    'cache': _cache,
    'augment': _augment,
    'channels_last': _channels_last,
    'fused': _fused,
    'memory': _memory,
    'denormals': _denormals,
    'bf16': _bf16,
    'compile': _compile,
}
"""What changes the stock config; ``accuracy`` and ``augment`` include ``targets``, ``cache``
includes ``decode``, and ``augment`` goes with neither ``decode`` nor ``cache``. ``memory`` and
``denormals`` change the process."""
RECOMMENDED = ('targets', 'accuracy', 'packed', 'decode', 'channels_last', 'fused', 'memory')
