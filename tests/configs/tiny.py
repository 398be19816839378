"""Configs of several data sets made small: a few samples, pictures of 64x64, a thin backbone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.config import Config

SIZE = 64
FOLDERS = {
    **{name: name for name in ('coco', 'mpii', 'aic', 'ap10k', 'onehand10k', 'freihand')},
    'wholebody': 'coco',
}
FILES = {**{name: f'test_{name}.json' for name in FOLDERS}, 'wholebody': 'test_coco_wholebody.json'}
NARROW = {
    'HRNet': dict(
        extra={
            f'stage{stage}': dict(
                num_modules=1,
                num_branches=branches,
                block='BOTTLENECK' if stage == 1 else 'BASIC',
                num_blocks=(1,) * branches,
                num_channels=tuple(4 * 2**i for i in range(branches)),
            )
            for stage, branches in ((1, 1), (2, 2), (3, 3), (4, 4))
        }
    ),
    'mmdet.CSPNeXt': dict(deepen_factor=0.17, widen_factor=0.125, norm_cfg=dict(type='BN')),
    'mmpretrain.VisionTransformer': dict(
        arch=dict(embed_dims=32, num_layers=2, num_heads=2, feedforward_channels=32),
        img_size=(SIZE, SIZE),
    ),
    'MobileNetV2': dict(widen_factor=0.1),
    'TimmBackbone': dict(model_name='hrnet_w18_small', pretrained=False),
}
HEADS = {
    'HRNet': dict(in_channels=4),
    'mmdet.CSPNeXt': dict(
        in_channels=128, input_size=(SIZE, SIZE), in_featuremap_size=(SIZE // 32, SIZE // 32)
    ),
    'mmpretrain.VisionTransformer': dict(
        in_channels=32, deconv_out_channels=(8, 8), deconv_kernel_sizes=(4, 4)
    ),
    'MobileNetV2': dict(deconv_out_channels=(8, 8, 8)),
    'TimmBackbone': dict(in_channels=240),
}


def tiny(path: Path, data: Path, work_dir: Path) -> Config:
    """Return a config that runs in seconds.

    Args:
        path: The config; ``_base_`` and names stay as they are.
        data: Folder with ``mmpose_samples``, ``faces`` (of ``write_faces``) and ``headboxes.mat``.
        work_dir: For logs and checkpoints.
    """
    cfg = Config.fromfile(path)
    cfg.work_dir, cfg.experiment_name = str(work_dir), f'{path.parent.name}-{path.stem}'
    cfg.visualizer.name = cfg.experiment_name  # else the first of the process is used again
    cfg.vis_backends = cfg.visualizer.vis_backends = [dict(type='LocalVisBackend')]
    cfg.train_cfg = dict(by_epoch=True, max_epochs=1, val_interval=1)
    cfg.default_hooks.checkpoint.interval = 1
    narrow(cfg.model)
    for part in ('train', 'val', 'test'):
        _few_samples(cfg[f'{part}_dataloader'], data)
        for dataset in cfg[f'{part}_dataloader'].dataset.datasets.values():
            small_pictures(dataset.pipeline)
    for evaluator in (cfg.val_evaluator, cfg.test_evaluator):
        for name, metrics in evaluator.metrics.items():
            for metric in metrics:
                if 'ann_file' in metric:
                    folder = data / 'mmpose_samples' / FOLDERS[name]
                    metric.ann_file = str(folder / FILES[name])
    return cfg


def write_faces(pairs: Path, folder: Path, split: Any) -> None:
    """Make the face data of the configs from a few pairs, as the guide says.

    Args:
        pairs: A file of pairs.
        folder: Folder to write to.
        split: ``(pair_file, out_dir, parts or None)`` -> files.
    """
    content = json.loads(pairs.read_text())
    people = sorted({a['identity'] for a in content['annotations']})[:8]
    content['annotations'] = [a for a in content['annotations'] if a['identity'] in people][:24]
    used = {a['image_id'] for a in content['annotations']}
    content['images'] = [image for image in content['images'] if image['id'] in used]
    folder.mkdir(exist_ok=True)
    (folder / 'pairs.json').write_text(json.dumps(content))
    split(folder / 'pairs.json', folder)
    (folder / 'images').symlink_to(pairs.parent / 'images')


def write_headboxes(path: Path, count: int = 5) -> None:
    """Write head boxes of 60 px for MPII's samples, in the form of its own file."""
    from scipy.io import savemat

    boxes = np.stack([np.zeros((2, count)), np.full((2, count), 60.0)])
    savemat(path, dict(headboxes_src=boxes))


def narrow(model: Any) -> None:
    """Make a model thin, for inputs of 64x64, and leave pretrained weights out."""
    backbone = model.backbone
    kind = backbone.type
    backbone.pop('init_cfg', None)
    if kind == 'mmpretrain.VisionTransformer':
        backbone.pop('arch')
    backbone.update(NARROW[kind])
    head = model.head.get('decoder_head', model.head.get('head', model.head))
    head.update(HEADS[kind])
    if 'neck' in model and kind == 'HRNet':  # all its branches
        backbone.extra.stage4.multiscale_output = True
        head.in_channels = sum(backbone.extra.stage4.num_channels)
    if 'gau_cfg' in head:
        head.gau_cfg.update(hidden_dims=16, s=8)
    head.decoder = _small_codec(head.decoder)


def _small_codec(codec: Any) -> Any:
    (width, _), codec = codec['input_size'], dict(codec, input_size=(SIZE, SIZE))
    if width > SIZE and 'heatmap_size' in codec:
        codec['heatmap_size'] = (SIZE // 4, SIZE // 4)
    return codec


def small_pictures(pipeline: Sequence[Any]) -> None:
    """Let a pipeline make inputs of 64x64."""
    for step in pipeline:
        if step.type == 'TopdownAffine':
            step.input_size = (SIZE, SIZE)
        elif step.type == 'GenerateTarget':
            step.encoder = _small_codec(step.encoder)


def _few_samples(loader: Any, data: Path) -> None:
    loader.update(num_workers=0, persistent_workers=False)
    if loader.sampler.type == 'FixedShareSampler':
        loader.sampler.shares = dict.fromkeys(loader.sampler.shares, 1)
        loader.batch_size = loader.sampler.batch_size = len(loader.sampler.shares) + 1
    for name, dataset in loader.dataset.datasets.items():
        dataset.serialize_data = False  # which would collect garbage for half a second
        if name == 'ouhands':
            dataset.update(data_root=str(data / 'OUHANDS'), indices=5)
            continue
        if name not in FOLDERS:
            dataset.data_root = str(data / 'faces')
            continue
        dataset.update(
            data_root=str(data / 'mmpose_samples' / FOLDERS[name]),
            ann_file=FILES[name],
            data_prefix=dict(img=''),
        )
        if 'headbox_file' in dataset:
            dataset.headbox_file = str(data / 'headboxes.mat')
        if 'bbox_file' in dataset:
            folder = data / 'mmpose_samples' / FOLDERS[name]
            dataset.update(bbox_file=str(folder / 'test_coco_det_AP_H_56.json'), indices=6)
        else:
            dataset.indices = 2 if name == 'ap10k' else 5
