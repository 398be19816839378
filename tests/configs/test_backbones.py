"""The backbone of every config sees the whole crop."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
import torch  # noqa: E402
from mmengine.config import Config  # noqa: E402
from mmengine.registry import DefaultScope  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402

CONFIGS = Path(__file__).resolve().parents[2] / 'configs'
EDGE = 4  # pixels from a corner: a patch embedding may cut the last ones off
NEEDS = {'mmpretrain.VisionTransformer': 'mmpretrain', 'TimmBackbone': 'timm'}


@pytest.fixture(autouse=True)
def scope():
    with DefaultScope.overwrite_default_scope('mmpose'):
        yield


def sees_the_corners(features: Any, size: tuple[int, int]) -> bool:
    """Whether pixels at the corners of the input change the features in the middle.

    The gradient is taken with statistics held fixed: normalisation in training mode would connect
    any two pixels.

    Args:
        features: Pictures (1, 3, H, W) -> maps, of which a head takes the last.
        size: Width and height of the input.
    """
    width, height = size
    picture = torch.randn(1, 3, height, width, generator=torch.Generator().manual_seed(0))
    last = features(picture.requires_grad_())[-1]
    row, column = (length // 2 for length in last.shape[-2:])
    last[..., row, column].abs().sum().backward()
    reached = picture.grad[0].abs().sum(dim=0) > 0
    ends = (EDGE, -EDGE - 1)
    return all(bool(reached[y, x]) for y in ends for x in ends)


def features_of(backbone: dict, neck: dict | None = None) -> Any:
    torch.manual_seed(0)
    built = MODELS.build(backbone)
    built.train(False)  # which some backbones of MMPose return nothing from
    built.requires_grad_(False)  # the gradient of the picture is all that is asked
    after = MODELS.build(neck) if neck else (lambda maps: maps)
    return lambda pictures: after(built(pictures))


def all_backbones() -> dict[str, tuple[str, dict, dict | None, tuple[int, int]]]:
    """Each backbone with its neck once, at the largest input that any config gives it."""
    found: dict[str, Any] = {}
    for path in sorted(CONFIGS.glob('*/*.py')):
        cfg = Config.fromfile(path)
        backbone = cfg.get('model', {}).get('backbone')
        if backbone is None or 'codec' not in cfg:
            continue
        backbone = {k: v for k, v in backbone.to_dict().items() if k != 'init_cfg'}
        if backbone['type'] == 'TimmBackbone':
            backbone['pretrained'] = False
        neck, size = cfg.model.get('neck'), tuple(cfg.codec.input_size)
        key = json.dumps([backbone, neck], sort_keys=True, default=str)
        if key not in found or sum(size) > sum(found[key][3]):
            found[key] = (f'{path.parent.name}/{path.stem}', backbone, neck, size)
    return found


@pytest.mark.slow
def test_a_far_pixel_changes_the_features_of_every_config() -> None:
    blind, kinds = [], set()
    for name, backbone, neck, size in all_backbones().values():
        needed = NEEDS.get(backbone['type'])
        if needed and not importlib.util.find_spec(needed):
            continue
        kinds.add(backbone['type'])
        if not sees_the_corners(features_of(backbone, neck), size):
            blind.append(name)
    assert not blind
    assert {'HRNet', 'mmdet.CSPNeXt', 'MobileNetV2'} <= kinds


def test_the_stem_that_was_once_taken_for_a_backbone_would_fail() -> None:
    """The first map of timm's HRNet, which a published trainer gave to its head."""
    pytest.importorskip('timm')
    options = dict(type='TimmBackbone', model_name='hrnet_w18_small', feature_location='')
    features = features_of(dict(options, out_indices=(0, 1), allow_stem=True))
    assert not sees_the_corners(lambda pictures: features(pictures)[:1], (128, 128))
    assert sees_the_corners(lambda pictures: features(pictures)[1:], (128, 128))
