"""Backbones of segmentation-models-pytorch: sizes, weights, own mean and std, and refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
timm = pytest.importorskip('timm')
smp = pytest.importorskip('segmentation_models_pytorch')
from mmengine.config import ConfigDict  # noqa: E402
from mmengine.runner.checkpoint import load_checkpoint  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402
from safetensors.torch import save_file  # noqa: E402

from mmlandmark.apis.weights import fetch_weights  # noqa: E402
from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.models.backbones import SmpBackbone  # noqa: E402

NOWHERE = 'http://127.0.0.1:9/some/net.safetensors'
IMAGENET = [123.675, 116.28, 103.53]
ATTO = 'tu-convnext_atto'
THIN = dict(decoder_channels=(8, 8, 4, 4, 4))


@pytest.fixture(autouse=True)
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.hub, 'get_dir', lambda: str(tmp_path / 'hub'))

    def no_hub(repo_id: str, filename: str, **_: object) -> str:
        raise OSError(f'no route to {repo_id}/{filename}')

    monkeypatch.setattr('huggingface_hub.hf_hub_download', no_hub)


@pytest.mark.parametrize(
    ('name', 'options', 'divisor'),
    [
        (ATTO, {}, 32),
        ('tu-maxvit_rmlp_pico_rw_256', dict(img_size=64), 64),
        ('tu-mobilenetv3_small_050', {}, 32),
        ('tu-resnet10t', {}, 32),
        ('resnet18', {}, 32),
        ('tu-resnet10t', dict(encoder_depth=3, decoder_channels=(8, 4, 4)), 8),
    ],
)
def test_a_unet_on_any_encoder_keeps_the_size(name: str, options: dict, divisor: int) -> None:
    cfg = dict(type='SmpBackbone', encoder_name=name, **THIN | options)
    backbone = MODELS.build(cfg).train()
    assert (backbone.channels, backbone.strides, backbone.divisor) == ((4,), (1,), divisor)
    (maps,) = backbone(torch.rand(2, 3, 61, 47) * 255)
    assert maps.shape == (2, 4, 61, 47)
    maps.square().sum().backward()  # no weight is left out, as several processes want it
    assert all(value.grad is not None for value in backbone.parameters())


@pytest.mark.parametrize(
    ('architecture', 'stride', 'channels'),
    [('Linknet', 1, 32), ('FPN', 4, 128), ('DeepLabV3Plus', 4, 256), ('Segformer', 4, 256)],
)
def test_other_decoders_tell_their_stride(architecture: str, stride: int, channels: int) -> None:
    backbone = SmpBackbone(architecture, 'tu-resnet10t').eval()
    assert (backbone.channels, backbone.strides) == ((channels,), (stride,))
    with torch.no_grad():
        (maps,) = backbone(torch.rand(1, 3, 61, 47) * 255)
    assert maps.shape == (1, channels, -(-61 // stride), -(-47 // stride))


def test_it_is_what_the_library_gives_to_its_own_head() -> None:
    backbone = SmpBackbone(encoder_name='tu-resnet10t').eval()
    model = smp.Unet('tu-resnet10t', encoder_weights=None).eval()
    model.encoder.load_state_dict(backbone.encoder.state_dict())
    model.decoder.load_state_dict(backbone.decoder.state_dict())
    pixels = torch.randint(0, 256, (1, 3, 64, 96)).float()
    own = smp.encoders.get_preprocessing_fn('tu-resnet10t')
    pictures = torch.from_numpy(own(pixels.permute(0, 2, 3, 1).numpy())).permute(0, 3, 1, 2)
    with torch.no_grad():
        expected = model.decoder(model.encoder(pictures.float()))
        (maps,) = backbone(pixels)
    assert torch.allclose(maps, expected, atol=1e-4)


@pytest.mark.parametrize(
    ('name', 'mean', 'std'),
    [
        (ATTO, IMAGENET, [58.395, 57.12, 57.375]),
        # trained with others
        ('tu-maxvit_rmlp_pico_rw_256', [127.5] * 3, [127.5] * 3),
        ('tu-mobilenetv3_large_100.miil_in21k', [0] * 3, [255] * 3),
        ('tu-mobilenetv3_large_100', IMAGENET, [58.395, 57.12, 57.375]),
    ],
)
def test_mean_and_std_are_those_of_the_weights(name: str, mean: list, std: list) -> None:
    options = dict(img_size=64) if 'maxvit' in name else {}
    norm = SmpBackbone(encoder_name=name, **THIN, **options).normalization
    assert norm.mean.flatten().tolist() == pytest.approx(mean)
    assert norm.std.flatten().tolist() == pytest.approx(std)


def timm_file(path: Path, name: str) -> dict[str, torch.Tensor]:
    torch.manual_seed(5)
    state = timm.create_model(name).state_dict()
    save_file(state, path)
    return state


def test_weights_of_timm_come_from_a_file_when_training_starts(tmp_path: Path) -> None:
    path = tmp_path / 'weights.safetensors'
    state = timm_file(path, 'convnext_atto')
    backbone = SmpBackbone(encoder_name=ATTO, pretrained=str(path), **THIN)
    own, key = 'model.stages_1.blocks.0.conv_dw.weight', 'stages.1.blocks.0.conv_dw.weight'
    assert not torch.equal(backbone.encoder.state_dict()[own], state[key])
    decoder = {k: v.clone() for k, v in backbone.decoder.state_dict().items()}
    backbone.init_weights()
    assert torch.equal(backbone.encoder.state_dict()[own], state[key])
    assert all(torch.equal(decoder[k], v) for k, v in backbone.decoder.state_dict().items())
    other = SmpBackbone(encoder_name='tu-resnet10t', pretrained=str(path), **THIN)
    with pytest.raises(LandmarkError, match='holds no weights of this model'):
        other.init_weights()


def test_weights_of_its_own_come_with_their_settings(tmp_path: Path) -> None:
    torch.manual_seed(5)
    state = smp.encoders.get_encoder('mobilenet_v2', weights=None).state_dict()
    path = tmp_path / 'model.safetensors'
    save_file(state, path)
    cfg = dict(type='SmpBackbone', encoder_name='mobilenet_v2', pretrained=str(path), **THIN)
    with pytest.raises(LandmarkError, match=r'nothing tells mean and std.*config.json beside'):
        MODELS.build(cfg).init_weights()
    for options in (dict(normalize=None), dict(normalize=dict(mean=[1, 2, 3], std=[4, 5, 6]))):
        MODELS.build(cfg | options).init_weights()
    settings = dict(mean=[0.1, 0.2, 0.3], std=[0.4] * 3, input_range=[0, 1], input_space='RGB')
    (tmp_path / 'config.json').write_text(json.dumps(settings))
    backbone = MODELS.build(cfg)
    backbone.init_weights()
    assert torch.equal(backbone.encoder.state_dict()['features.1.conv.0.0.weight'],
                       state['features.1.conv.0.0.weight'])  # fmt: skip
    assert backbone.normalization.mean.flatten().tolist() == pytest.approx([25.5, 51, 76.5])
    # whoever tests the checkpoint needs neither file
    checkpoint = tmp_path / 'checkpoint.pth'
    torch.save(dict(state_dict=backbone.state_dict()), checkpoint)
    tested = MODELS.build(cfg | dict(pretrained=False))
    load_checkpoint(tested, str(checkpoint), strict=True)
    assert torch.equal(tested.normalization.mean, backbone.normalization.mean)
    (tmp_path / 'config.json').write_text(json.dumps(settings | dict(input_space='BGR')))
    with pytest.raises(LandmarkError, match='expected mean and std of red, green and blue'):
        MODELS.build(cfg).init_weights()


def test_weights_that_cannot_be_had() -> None:
    backbone = SmpBackbone(encoder_name='mobilenet_v2', pretrained=True, **THIN)
    with pytest.raises(
        LandmarkError, match=r'cannot get .*no route to .*pretrained=FILE'
    ) as caught:
        backbone.init_weights()
    assert '\n' not in str(caught.value)
    cfg = dict(type='SmpBackbone', encoder_name=ATTO, pretrained=NOWHERE)
    with pytest.raises(LandmarkError, match=r'model\.backbone\.pretrained=FILE'):
        fetch_weights(ConfigDict(model=dict(backbone=cfg)))
    with pytest.raises(LandmarkError, match='there is no file'):
        SmpBackbone(encoder_name='mobilenet_v2', pretrained='nowhere.pth', **THIN).init_weights()


def test_an_input_that_was_normalised_before_is_refused_once() -> None:
    backbone = SmpBackbone(encoder_name='tu-resnet10t', **THIN).eval()
    with pytest.raises(LandmarkError, match='leave mean and std out of model.data_preprocessor'):
        backbone(torch.randn(1, 3, 32, 32))
    plain = SmpBackbone(encoder_name='tu-resnet10t', normalize=None, **THIN).eval()
    plain.load_state_dict(backbone.state_dict(), strict=False)
    inputs = torch.rand(1, 3, 32, 32) * 255
    with torch.no_grad():
        (own,) = backbone(inputs)
        (other,) = plain(backbone.normalization(inputs))
    assert torch.equal(own, other)


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        (dict(architecture='UNet'), "no such architecture .did you mean 'Unet'"),
        (dict(architecture='DPT'), 'no such architecture'),
        (dict(encoder_name='resnet35'), "no such encoder .did you mean 'resnet"),
        (dict(encoder_name='tu-convnext_tinny'), "timm has no such model .did you mean 'convnext_"),
        (dict(encoder_name='resnet18', decoder_chanels=3), "did you mean 'decoder_channels'"),
        (dict(encoder_name='tu-resnet10t', nope=1), 'nope'),
        (dict(encoder_name='tu-resnet10t', encoder_depth=3), 'decoder_channels'),
        (dict(pretrained=True, init_cfg=dict(type='Normal')), 'found both'),
        (dict(normalize=dict(mean=[1, 2, 3], std=[1, 0, 1])), 'expected mean and std'),
        (dict(normalize=dict(mean=[1, 2], std=[1, 1, 1])), 'expected mean and std'),
        (dict(normalize=True), "expected 'own', None or dict"),
    ],
)
def test_what_is_refused(options: dict, words: str) -> None:
    with pytest.raises(LandmarkError, match=words) as caught:
        SmpBackbone(**options)
    assert '\n' not in str(caught.value)


def test_an_encoder_of_one_size_says_so() -> None:
    small = dict(img_size=64, embed_dim=16, depths=(1, 1, 1, 1), num_heads=(1, 1, 1, 1))
    backbone = SmpBackbone(encoder_name='tu-swin_tiny_patch4_window7_224', **small, **THIN)
    with pytest.raises(LandmarkError, match='takes no input of 96x64'):
        backbone(torch.rand(1, 3, 64, 96))


def test_without_the_library_one_line_says_what_to_install(monkeypatch) -> None:
    monkeypatch.setattr('importlib.util.find_spec', lambda name: None)
    with pytest.raises(LandmarkError, match="pip install 'segmentation-models-pytorch"):
        SmpBackbone()
