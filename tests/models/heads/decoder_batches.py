"""Heads with several decoders, and batches of several data sets for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmengine.structures import InstanceData, PixelData
from mmpose.registry import KEYPOINT_CODECS, MODELS
from mmpose.structures import PoseDataSample
from torch import Tensor

from mmlandmark.schemas import get_schema

DATASETS = {'coco': 'coco17', 'aic': 'aic14', 'mpii': 'mpii16'}
CHANNELS, SIZE = 4, (48, 64)  # image width and height
MSRA = dict(type='MSRAHeatmap', input_size=SIZE, heatmap_size=(12, 16), sigma=1.5)
UDP = dict(type='UDPHeatmap', input_size=SIZE, heatmap_size=(12, 16), sigma=1.5)
MEGVII = dict(type='MegviiHeatmap', input_size=SIZE, heatmap_size=(12, 16), kernel_size=5)
SIMCC = dict(type='SimCCLabel', input_size=SIZE, sigma=3.0, simcc_split_ratio=2.0)
MSE = dict(type='KeypointMSELoss', use_target_weight=True)
KL = dict(type='KLDiscretLoss', use_target_weight=True)
SIMCC_SIZES = dict(input_size=SIZE, in_featuremap_size=(12, 16), simcc_split_ratio=2.0)
GAU = dict(hidden_dims=16, s=8, expansion_factor=2, dropout_rate=0.0, drop_path=0.0)
GAU |= dict(act_fn='ReLU', use_rel_bias=False, pos_enc=False)

KINDS: dict[str, dict[str, Any]] = {
    'msra': dict(type='HeatmapHead', loss=MSE, decoder=MSRA, deconv_out_channels=None),
    'udp': dict(type='HeatmapHead', loss=MSE, decoder=UDP, deconv_out_channels=None),
    'combined': dict(
        type='HeatmapHead',
        loss=dict(type='CombinedTargetMSELoss', use_target_weight=True),
        decoder=UDP | dict(heatmap_type='combined'),
        deconv_out_channels=None,
    ),
    'megvii': dict(type='HeatmapHead', loss=MSE, decoder=MEGVII, deconv_out_channels=None),
    'wing': dict(
        type='HeatmapHead',
        loss=dict(type='AdaptiveWingLoss', use_target_weight=True),
        decoder=MSRA,
        deconv_out_channels=None,
    ),
    'deconv': dict(
        type='HeatmapHead',
        loss=MSE,
        decoder=UDP,
        deconv_out_channels=(8, 8),
        deconv_kernel_sizes=(4, 4),
    ),
    'simcc': dict(type='SimCCHead', loss=KL, decoder=SIMCC, deconv_out_channels=None) | SIMCC_SIZES,
    'rtmcc': dict(type='RTMCCHead', loss=KL, decoder=SIMCC, gau_cfg=GAU) | SIMCC_SIZES,
}
"""Configs of decoders, by kind; on 12 x 16 features, but ``deconv`` on a quarter of each side."""


def build_head(kind: str = 'msra', datasets: dict | None = None, **options: Any) -> Any:
    """Return a MultiDecoderHead with weights large enough to tell decoders apart."""
    torch.manual_seed(0)
    head = MODELS.build(
        dict(
            type='MultiDecoderHead',
            datasets=DATASETS if datasets is None else datasets,
            decoder_head=KINDS[kind] | dict(in_channels=CHANNELS),
            **options,
        )
    )
    return randomised(head)


def randomised(module: torch.nn.Module) -> Any:
    """Return a module with weights of ordinary size."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.3)
    return module


def features(num: int, kind: str = 'msra', seed: int = 0) -> tuple[Tensor, ...]:
    """Return features of so many images, with a gradient."""
    size = (4, 3) if kind == 'deconv' else (16, 12)
    generator = torch.Generator().manual_seed(seed)
    return (torch.randn(num, CHANNELS, *size, generator=generator).requires_grad_(),)


def samples(
    names: Sequence[str],
    kind: str = 'msra',
    labelled: float = 1.0,
    seed: int = 0,
    datasets: dict | None = None,
) -> list[PoseDataSample]:
    """Return a sample of each data set named, with the codec's labels.

    Args:
        names: Data set of each sample.
        kind: Of the decoders.
        labelled: Share of the keypoints with a label; maps of the others are NaN.
        seed: Of points and labels.
        datasets: Data set name -> schema.
    """
    random = np.random.default_rng(seed)
    codec = KEYPOINT_CODECS.build(KINDS[kind]['decoder'])
    made = []
    for number, name in enumerate(names):
        schema = get_schema((datasets or DATASETS)[name])
        points = random.uniform(0.1, 0.9, (1, schema.num_keypoints, 2)) * SIZE
        visible = (random.random((1, schema.num_keypoints)) < labelled).astype(np.float32)
        encoded = codec.encode(points.astype(np.float32), visible)
        # what COCO's first data set would say: of no use for any other
        sample = PoseDataSample(
            metainfo=dict(
                id=number,
                dataset_name=name,
                img_path=f'{name}_{number}.jpg',
                flip_indices=get_schema('coco17').flip_indices.tolist(),
                input_size=SIZE,
                input_center=np.array(SIZE) / 2,
                input_scale=np.array(SIZE, dtype=float),
            )
        )
        labels = InstanceData(keypoint_weights=encoded['keypoint_weights'].astype(np.float32))
        if 'heatmaps' in encoded:
            maps = encoded['heatmaps'].reshape(schema.num_keypoints, -1, 16, 12)
            maps[visible[0] == 0] = np.nan
            sample.gt_fields = PixelData(heatmaps=maps.reshape(-1, 16, 12)).to_tensor()
        else:
            labels.keypoint_x_labels = encoded['keypoint_x_labels'].astype(np.float32)
            labels.keypoint_y_labels = encoded['keypoint_y_labels'].astype(np.float32)
        sample.gt_instance_labels = labels.to_tensor()
        boxes = InstanceData(bboxes=np.zeros((1, 4)), bbox_scores=np.ones(1))
        sample.gt_instances = boxes
        made.append(sample)
    return made


def total(losses: dict[str, Tensor]) -> Tensor:
    """Return the loss that MMEngine trains: the sum of the entries with ``loss`` in their name."""
    return sum(value for key, value in losses.items() if 'loss' in key)
