"""DINOv2: what is frozen, what is learnt, and the sizes between."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
timm = pytest.importorskip('timm')
from safetensors.torch import save_file  # noqa: E402

from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.models.backbones import DINOv2  # noqa: E402

TINY = dict(depth=2, embed_dim=32, num_heads=2)
THIN = dict(out_indices=(0, 1), width=4, **TINY)


@pytest.mark.parametrize('out_stride', [1, 2, 7, 14])
def test_patches_come_back_to_pixels(out_stride: int) -> None:
    backbone = DINOv2(out_stride=out_stride, **THIN)
    assert backbone.divisor == 14
    (maps,) = backbone(torch.rand(2, 3, 61, 47) * 255)
    assert maps.shape == (2, 4, -(-61 // out_stride), -(-47 // out_stride))
    # doubled as often as that stays above the stride, and once by the rest
    assert backbone.doublings == {1: 3, 2: 2, 7: 0, 14: 0}[out_stride]


def test_a_frozen_transformer_stays_as_it_is() -> None:
    backbone = DINOv2(drop_path_rate=0.9, proj_drop_rate=0.9, **THIN).train()
    assert not backbone.encoder.training and backbone.enlarge.training
    inputs = torch.rand(2, 3, 28, 28) * 255
    tokens = [backbone.encoder(inputs)[0] for _ in range(2)]
    assert torch.equal(*tokens)
    backbone(inputs)[0].square().sum().backward()
    assert all(p.grad is None and not p.requires_grad for p in backbone.encoder.parameters())
    assert all(p.grad is not None for p in backbone.enlarge.parameters())
    thawed = DINOv2(frozen=False, **THIN).train()
    assert thawed.encoder.training
    thawed(inputs)[0].square().sum().backward()
    assert thawed.encoder.model.model.patch_embed.proj.weight.grad.abs().sum() > 0


def test_the_whole_has_four_blocks_of_384_and_timms_mean_and_std() -> None:
    with torch.device('meta'):
        encoder = timm.create_model('vit_small_patch14_dinov2', features_only=True)
    assert encoder.feature_info.channels() == [384] * len(encoder.feature_info.channels())
    backbone = DINOv2(out_indices=(1,), width=4, **TINY)
    cfg = timm.get_pretrained_cfg('vit_small_patch14_dinov2')
    assert backbone.normalization.mean.flatten().tolist() == pytest.approx(
        [255 * value for value in cfg.mean]
    )


def test_it_takes_weights_of_a_file_when_a_training_starts(tmp_path: Path) -> None:
    torch.manual_seed(3)
    state = timm.create_model('vit_small_patch14_dinov2', img_size=70, **TINY).state_dict()
    path = tmp_path / 'weights.safetensors'
    save_file(state, path)
    backbone = DINOv2(pretrained=str(path), img_size=70, **THIN)
    key = 'blocks.1.mlp.fc1.weight'
    assert not torch.equal(backbone.encoder.model.model.state_dict()[key], state[key])
    backbone.init_weights()
    assert torch.equal(backbone.encoder.model.model.state_dict()[key], state[key])


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        (dict(out_stride=3), r'out_stride is 3; expected a divisor of a patch, 14'),
        (dict(model_name='vit_small_patch14_dinov3'), 'did you mean'),
        (dict(normalize='imagenet'), "normalize is 'imagenet'; expected 'own'"),
    ],
)
def test_what_is_refused(options: dict, words: str) -> None:
    with pytest.raises(LandmarkError, match=words):
        DINOv2(**THIN | options)
