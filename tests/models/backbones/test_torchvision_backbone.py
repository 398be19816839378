"""Backbones of torchvision: which map, which weights, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torchvision

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.config import ConfigDict  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402

from mmlandmark.apis.weights import fetch_weights  # noqa: E402
from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.models.backbones import TorchvisionBackbone  # noqa: E402

THIN = dict(width_mult=0.1)
NOWHERE = 'http://127.0.0.1:9/some/net.pth'


@pytest.fixture(autouse=True)
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.hub, 'get_dir', lambda: str(tmp_path / 'hub'))


@pytest.mark.parametrize(
    ('name', 'options', 'channels'),
    [('mobilenet_v2', THIN, 1280), ('mobilenet_v3_small', {}, 576)],
)
def test_the_map_is_what_the_classifier_pools(name: str, options: dict, channels: int) -> None:
    cfg = dict(type='TorchvisionBackbone', model_name=name, **options)
    backbone = MODELS.build(cfg).eval()
    with torch.no_grad():
        maps = backbone(torch.rand(2, 3, 64, 96))
    assert isinstance(maps, tuple) and [part.shape for part in maps] == [(2, channels, 2, 3)]


def test_weights_of_a_file_are_those_of_the_classifier(tmp_path: Path) -> None:
    classifier = torchvision.models.mobilenet_v2(**THIN).eval()
    torch.save(classifier.state_dict(), tmp_path / 'net.pth')
    backbone = TorchvisionBackbone('mobilenet_v2', tmp_path / 'net.pth', **THIN).eval()
    picture = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        expected = classifier.features(picture)
        assert not torch.equal(backbone(picture)[0], expected)
        backbone.init_weights()
        assert torch.equal(backbone(picture)[0], expected)


def test_weights_of_another_model_are_refused(tmp_path: Path) -> None:
    torch.save(torchvision.models.mobilenet_v2(**THIN).state_dict(), tmp_path / 'net.pth')
    for options in (dict(width_mult=0.25), {}):
        backbone = TorchvisionBackbone('mobilenet_v2', str(tmp_path / 'net.pth'), **options)
        with pytest.raises(LandmarkError, match=r'net.pth holds no weights of this') as caught:
            backbone.init_weights()
        assert '\n' not in str(caught.value)


@pytest.mark.parametrize(
    ('name', 'options', 'words'),
    [
        ('mobilenet_v22', {}, r"no such model .did you mean 'mobilenet_v2'"),
        ('mobilenet_v2', dict(nope=1), "unexpected keyword argument 'nope'"),
        ('resnet18', {}, 'the model has no features'),
        ('mobilenet_v2', dict(pretrained=True, init_cfg=dict(type='Normal')), 'found both'),
    ],
)
def test_what_is_refused(name: str, options: dict, words: str) -> None:
    with pytest.raises(LandmarkError, match=words) as caught:
        TorchvisionBackbone(name, **options)
    assert '\n' not in str(caught.value) and f'TorchvisionBackbone {name!r}' in str(caught.value)


@pytest.mark.parametrize('by_config', [False, True])
@pytest.mark.parametrize('own', [False, True])
def test_an_address_out_of_reach(by_config: bool, own: bool, monkeypatch) -> None:
    options = dict(model_name='mobilenet_v2', pretrained=NOWHERE)
    if own:  # torchvision's own weights
        weights = type('Weights', (), dict(DEFAULT=type('W', (), dict(url=NOWHERE))))
        monkeypatch.setattr(torchvision.models, 'get_model_weights', lambda name: weights)
        options['pretrained'] = True
    with pytest.raises(LandmarkError, match='model.backbone.pretrained=FILE') as caught:
        if by_config:
            backbone = dict(type='TorchvisionBackbone', **options)
            fetch_weights(ConfigDict(model=dict(backbone=backbone)))
        else:
            TorchvisionBackbone(**options).init_weights()
    assert str(caught.value).startswith(f'cannot download {NOWHERE} (')


def test_without_weights_nothing_is_fetched() -> None:
    fetch_weights(ConfigDict(model=dict(backbone=dict(type='TorchvisionBackbone'))))
    TorchvisionBackbone('mobilenet_v2', **THIN).init_weights()
