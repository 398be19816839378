"""The models of ``benchmark_inference.py``, with weights by chance: no file is needed."""

from __future__ import annotations

from typing import Any

import mmlandmark  # noqa: F401  before MMPose, whose heads need what it mends

# isort: split
import torch
from mmengine.config import Config
from mmengine.hub import get_config
from mmengine.model.utils import revert_sync_batchnorm
from mmengine.registry import init_default_scope
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.models.pose_estimators import TopdownPoseEstimator
from mmpose.registry import MODELS

METAINFO, KEYPOINTS = 'configs/_base_/datasets/wflw.py', 98
SIZE = (256, 256)
MAPS = dict(input_size=SIZE, heatmap_size=(64, 64), sigma=2)
TOPDOWN = 'body_2d_keypoint/topdown_heatmap/coco'
RTMPOSE = 'face_2d_keypoint/rtmpose/wflw/rtmpose-m_8xb64-60e_wflw-256x256.py'
CODECS = {
    'DARK': dict(type='MSRAHeatmap', unbiased=True, **MAPS),
    'UDP': dict(type='UDPHeatmap', **MAPS),
}


def _heatmap(backbone: dict[str, Any], channels: int, codec: str, **head: Any) -> dict[str, Any]:
    own = dict(type='HeatmapHead', in_channels=channels, out_channels=KEYPOINTS)
    own |= dict(loss=dict(type='KeypointMSELoss'), decoder=CODECS[codec], **head)
    return dict(backbone=backbone, head=own)


def _mobilenet() -> dict[str, Any]:
    return _heatmap(dict(type='MobileNetV2', out_indices=(7,)), 1280, 'DARK')


def _hrnet() -> dict[str, Any]:
    cfg = get_config(f'mmpose::{TOPDOWN}/td-hm_hrnet-w32_8xb64-210e_coco-256x192.py')
    return _heatmap(cfg.model.backbone, 32, 'UDP', deconv_out_channels=None)


def _vit() -> dict[str, Any]:
    cfg = get_config(f'mmpose::{TOPDOWN}/td-hm_ViTPose-base_8xb64-210e_coco-256x192.py')
    backbone = dict(cfg.model.backbone, img_size=SIZE)
    deconvs = dict(deconv_out_channels=(256, 256), deconv_kernel_sizes=(4, 4))
    return _heatmap(backbone, 768, 'UDP', **deconvs)


def _rtmpose() -> dict[str, Any]:
    tiny = dict(deepen_factor=0.167, widen_factor=0.375)
    cfg = get_config(f'mmpose::{RTMPOSE}').model
    return dict(backbone=dict(cfg.backbone, **tiny), head=dict(cfg.head, in_channels=384))


MODELS_MEASURED = {
    'MobileNetV2': _mobilenet,
    'RTMPose-t': _rtmpose,
    'HRNet-W32': _hrnet,
    'ViTPose-B': _vit,
}


def build(name: str, device: str) -> TopdownPoseEstimator:
    """Return a model as ``mmpose.apis.init_model`` does, without its file of weights.

    Args:
        name: One of ``MODELS_MEASURED``.
        device: Where to compute.
    """
    init_default_scope('mmpose')
    parts = MODELS_MEASURED[name]()
    parts['backbone'] = {k: v for k, v in parts['backbone'].items() if k != 'init_cfg'}
    normalise = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375])
    preprocessor = dict(type='PoseDataPreprocessor', bgr_to_rgb=True, **normalise)
    test_cfg = dict(flip_test=True)
    torch.manual_seed(0)
    settings = dict(type='TopdownPoseEstimator', data_preprocessor=preprocessor, **parts)
    model = revert_sync_batchnorm(MODELS.build(dict(settings, test_cfg=test_cfg)))
    pipeline = [
        dict(type='LoadImage'),
        dict(type='GetBBoxCenterScale'),
        dict(type='TopdownAffine', input_size=SIZE),
        dict(type='PackPoseInputs'),
    ]
    loader = dict(dataset=dict(pipeline=pipeline))
    model.cfg = Config(dict(default_scope='mmpose', test_dataloader=loader))
    model.dataset_meta = parse_pose_metainfo(dict(from_file=METAINFO))
    return model.to(device).eval()
