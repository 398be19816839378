"""Backbones of the shipped configs, and heads, compile as one graph each, without a break.

With ``fullgraph`` a break is an error; ``eager`` spares the code generator. Networks are as thin
and short as their classes allow, since tracing takes the time.
"""

from __future__ import annotations

import importlib.util
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
import torch  # noqa: E402
from configs.tiny import NARROW  # noqa: E402
from mmengine.registry import DefaultScope  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402
from torch import nn  # noqa: E402

from mmlandmark.engine.hooks import CompileHook  # noqa: E402
from models.heads.hand_batches import HEADS as HANDS  # noqa: E402
from models.small_training import head_config  # noqa: E402

STAGE = dict(num_modules=1, num_branches=2, block='BASIC', num_blocks=(1, 1), num_channels=(4, 8))
FIRST = dict(num_modules=1, num_branches=1, block='BOTTLENECK', num_blocks=(1,), num_channels=(4,))
BACKBONES: dict[str, dict[str, Any]] = {
    'HRNet': dict(
        in_channels=3, extra=dict(stage1=FIRST, stage2=STAGE, stage3=STAGE, stage4=STAGE)
    ),
    'MobileNetV2': dict(widen_factor=0.1, out_indices=(2,)),
    'mmdet.CSPNeXt': NARROW['mmdet.CSPNeXt']
    | dict(arch_ovewrite=[[64, 128, 3, True, True]], out_indices=(1,)),
    'mmpretrain.VisionTransformer': NARROW['mmpretrain.VisionTransformer']
    | dict(with_cls_token=False, out_type='featmap', patch_cfg=dict(padding=2), drop_path_rate=0.1),
    'TimmBackbone': dict(model_name='resnet10t', pretrained=False, out_indices=(4,)),
    'UNet': dict(widths=(4, 6)),
    'DilatedCNN': dict(width=4, dilations=(1, 2)),
    'S3K': dict(width=4),
    'SmpBackbone': dict(encoder_name='resnet18', pretrained=False, decoder_channels=(4,) * 5),
}
NEEDS = {
    'mmpretrain.VisionTransformer': 'mmpretrain',
    'SmpBackbone': 'segmentation_models_pytorch',
    'TimmBackbone': 'timm',
}
CHANNELS = dict(type='ChannelHeatmapHead', in_channels=8, channels=['corner'], in_stride=4)
HEADS: dict[str, dict[str, Any]] = {
    'channels': CHANNELS,
    'regression': HANDS['regression'] | dict(in_channels=8),
    'depth': HANDS['simcc'] | dict(in_channels=8, in_featuremap_size=(12, 16)),
} | {kind: head_config(kind, targets='device') for kind in ('msra', 'udp_combined', 'simcc')}


@pytest.fixture(autouse=True)
def scope():
    torch._dynamo.reset()
    torch._dynamo.utils.counters.clear()
    with DefaultScope.overwrite_default_scope('mmpose'):
        yield


def compiled(backbone: nn.Module, head: nn.Module) -> None:
    """Compile both by the hook, in place."""
    model = nn.Module()
    model.backbone, model.head = backbone, head
    model.train()
    CompileHook(backend='eager', fullgraph=True).before_train(SimpleNamespace(model=model))


def graphs() -> int:
    """Return how many graphs there are."""
    assert not torch._dynamo.utils.counters['graph_break']
    return torch._dynamo.utils.counters['stats']['unique_graphs']


@pytest.mark.parametrize('kind', BACKBONES)
def test_a_backbone_is_one_graph(kind: str, monkeypatch: pytest.MonkeyPatch):
    if kind in NEEDS and not importlib.util.find_spec(NEEDS[kind]):
        pytest.skip(f'{kind} needs {NEEDS[kind]}')
    if kind == 'MobileNetV2':  # one block a layer in place of up to four
        thin = [[6, 4, 1, 1], [6, 4, 1, 2]]
        monkeypatch.setattr(MODELS.get(kind), 'arch_settings', thin)
    backbone = MODELS.build(dict(type=kind, **BACKBONES[kind]))
    compiled(backbone, nn.Identity())
    backbone(torch.rand(2, 3, 64, 64))
    assert graphs() == 1


@pytest.mark.parametrize('kind', HEADS)
def test_a_head_is_one_graph(kind: str):
    head = MODELS.build(HEADS[kind])
    compiled(nn.Identity(), head)
    head((torch.rand(2, 8, 16, 12),), *((64, 48),) * (kind == 'channels'))
    assert graphs() == 1
