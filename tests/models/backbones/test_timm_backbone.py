"""Backbones of timm: which stages, which weights, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
timm = pytest.importorskip('timm')
from mmengine.config import ConfigDict  # noqa: E402
from mmengine.runner.checkpoint import load_checkpoint  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402
from safetensors.torch import save_file  # noqa: E402

from mmlandmark.apis.weights import fetch_weights  # noqa: E402
from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.models.backbones import TimmBackbone  # noqa: E402
from mmlandmark.models.backbones.timm_weights import loaded_model  # noqa: E402

HRNET = 'hrnet_w18_small'
NOWHERE = 'http://127.0.0.1:9/some/net.safetensors'


@pytest.fixture(autouse=True)
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.hub, 'get_dir', lambda: str(tmp_path / 'hub'))


@pytest.mark.parametrize(
    ('name', 'indices', 'options', 'channels', 'strides'),
    [
        (HRNET, (1, 2, 3, 4), dict(feature_location=''), (16, 32, 64, 128), (4, 8, 16, 32)),
        ('resnet18', (2, 4), {}, (128, 512), (8, 32)),
        ('mobilenetv3_small_050', (1, 3), {}, (8, 24), (4, 16)),
        # channels last, which MMPose's heads do not take
        ('swin_tiny_patch4_window7_224', (0, 1), dict(img_size=64), (96, 192), (4, 8)),
        ('vit_tiny_patch16_224', (11,), dict(img_size=64), (192,), (16,)),
    ],
)
def test_maps_have_the_channels_and_strides_that_are_told(
    name: str, indices: tuple, options: dict, channels: tuple, strides: tuple
) -> None:
    backbone = MODELS.build(
        dict(type='TimmBackbone', model_name=name, out_indices=indices, **options)
    ).eval()
    assert backbone.channels == channels and backbone.strides == strides
    with torch.no_grad():
        maps = backbone(torch.rand(2, 3, 64, 64))
    assert isinstance(maps, tuple)
    expected = [(2, c, 64 // s, 64 // s) for c, s in zip(channels, strides, strict=True)]
    assert [tuple(part.shape) for part in maps] == expected


@pytest.mark.parametrize(
    ('name', 'indices', 'options', 'words'),
    [
        # what a published trainer took for HRNet's features
        (HRNET, (0,), {}, r'has 0, which is the stem .*first that has seen more is 1'),
        (HRNET, (0, 1, 2, 3), {}, 'has 0, which is the stem'),
        ('resnet18', (0,), {}, r'stem \(act1\).*1 \(stride 4, 64 channels\)'),
        ('mobilenetv2_050', (0,), {}, 'which is the stem'),
        ('resnet18', (0,), dict(allow_stem=True), 'has the stem only'),
        ('resnet18', (2, 7), {}, r'has 7, but the stages are 0 .*4 \(stride 32, 512 channels\)'),
        (HRNET, (5,), {}, 'has 5, but the stages are'),
        ('resnet18', (3, 1), {}, r'is \(3, 1\); expected whole numbers from 0, in rising order'),
        ('resnet18', (), {}, 'expected whole numbers'),
        ('resnet18', (-1,), {}, 'expected whole numbers'),
        ('resnet18', 'all', {}, 'expected whole numbers'),
        ('hrnet_w33', (1,), {}, "no such model .did you mean 'hrnet_w32'"),
        ('resnet18', (1,), dict(nope=1), "unexpected keyword argument 'nope'"),
        ('resnet18', (1,), dict(pretrained=True, init_cfg=dict(type='Normal')), 'found both'),
    ],
)
def test_what_is_refused(name: str, indices: object, options: dict, words: str) -> None:
    with pytest.raises(LandmarkError, match=words) as caught:
        TimmBackbone(name, indices, **options)
    assert '\n' not in str(caught.value) and f'TimmBackbone {name!r}' in str(caught.value)


def test_the_stem_beside_deeper_stages_when_it_is_asked_for() -> None:
    assert TimmBackbone('resnet18', (0, 2), allow_stem=True).strides == (2, 8)


def test_without_timm_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr('importlib.util.find_spec', lambda name: None)
    with pytest.raises(LandmarkError, match="pip install 'timm"):
        TimmBackbone('resnet18', (1,))


def weights_file(path: Path, name: str, **options: object) -> dict[str, torch.Tensor]:
    """Weights of a whole model of timm, its classifier included."""
    torch.manual_seed(5)
    state = timm.create_model(name, **options).state_dict()
    save_file(state, path) if path.suffix == '.safetensors' else torch.save(state, path)
    return state


@pytest.mark.parametrize('ending', ['.pth', '.safetensors'])
@pytest.mark.parametrize(
    ('name', 'layer', 'own', 'options'),
    [
        (HRNET, 'stage3.0.fuse_layers.0.1.0.weight', None, dict(feature_location='')),
        # whose layers are called otherwise where there are features only
        ('convnext_atto', 'stages.1.blocks.0.conv_dw.weight', 'stages_1.blocks.0.conv_dw.weight',
         {}),
    ],
)  # fmt: skip
def test_weights_of_a_file_are_taken_over_when_training_starts(
    name, layer, own, options, ending, tmp_path
) -> None:
    path = tmp_path / f'weights{ending}'
    state = weights_file(path, name)
    backbone = TimmBackbone(name, (1, 2), pretrained=str(path), **options)
    before = backbone.model.state_dict()[own or layer].clone()
    assert not torch.equal(before, state[layer])
    random_state = torch.get_rng_state()
    loaded_model(backbone._create, path, 'elsewhere', 'a test')
    assert torch.equal(random_state, torch.get_rng_state())
    backbone.init_weights()
    assert torch.equal(backbone.model.state_dict()[own or layer], state[layer])


def test_a_wrapped_state_dict_is_found(tmp_path: Path) -> None:
    state = weights_file(tmp_path / 'plain.pth', 'resnet18')
    wrapped = {f'module.{key}': value for key, value in state.items()}
    torch.save(dict(state_dict=wrapped, epoch=3), tmp_path / 'wrapped.pth')
    backbone = TimmBackbone('resnet18', (2,), pretrained=tmp_path / 'wrapped.pth')
    backbone.init_weights()
    assert torch.equal(backbone.model.conv1.weight, state['conv1.weight'])


class Evil:
    def __reduce__(self) -> tuple:
        return print, ('code ran',)


def test_files_that_do_not_fit(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    weights_file(tmp_path / 'resnet.pth', 'resnet18')
    state = weights_file(tmp_path / 'whole.pth', HRNET)
    part = {key: value for key, value in state.items() if not key.startswith('stage4')}
    torch.save(part, tmp_path / 'part.pth')
    torch.save(dict(a=Evil()), tmp_path / 'evil.pth')
    torch.save(dict(a=[1]), tmp_path / 'list.pth')
    (tmp_path / 'cut.safetensors').write_bytes(b'no weights')
    (tmp_path / 'cut.pth').write_bytes((tmp_path / 'whole.pth').read_bytes()[:1000])
    cases = {
        'resnet.pth': 'holds no weights of this model: .*size mismatch',
        'part.pth': r"holds no weights of this model: it has no 'stage4\..* more layers",
        'evil.pth': 'is no file of weights and nothing but weights',
        'list.pth': 'holds other things than weights',
        'cut.safetensors': 'cannot be read',
        'cut.pth': 'cannot be read',
        'none.pth': 'there is no file',
    }
    for name, words in cases.items():
        backbone = TimmBackbone(HRNET, (1, 4), pretrained=str(tmp_path / name))
        with pytest.raises(LandmarkError, match=words) as caught:
            backbone.init_weights()
        assert name in str(caught.value) and '\n' not in str(caught.value)
    assert 'code ran' not in capsys.readouterr().out


@pytest.mark.parametrize('by_config', [False, True])
def test_an_address_out_of_reach(by_config: bool) -> None:
    with pytest.raises(LandmarkError, match='model.backbone.pretrained=FILE') as caught:
        if by_config:
            backbone = dict(type='TimmBackbone', pretrained=NOWHERE)
            fetch_weights(ConfigDict(model=dict(backbone=backbone)))
        else:
            TimmBackbone('resnet18', (1,), pretrained=NOWHERE).init_weights()
    assert str(caught.value).startswith(f'cannot download {NOWHERE} (')


def test_timms_own_weights_out_of_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise ConnectionError('no\nroute')

    monkeypatch.setattr('timm.models._builder.load_state_dict_from_hf', refuse)
    backbone = TimmBackbone('resnet18', (1,), pretrained=True)
    with pytest.raises(LandmarkError) as caught:
        backbone.init_weights()
    said = str(caught.value)
    assert 'cannot get the weights timm/resnet18' in said and '(no route)' in said
    assert 'model.backbone.pretrained=FILE' in said and '\n' not in said


def test_a_checkpoint_of_ours_is_tested_without_them(tmp_path: Path) -> None:
    """Building and loading, all that a test does, asks for no weights from elsewhere."""
    torch.manual_seed(1)
    trained = TimmBackbone('resnet18', (1,))
    torch.save(dict(state_dict=trained.state_dict()), tmp_path / 'checkpoint.pth')
    tested = TimmBackbone('resnet18', (1,), pretrained=NOWHERE)
    load_checkpoint(tested, str(tmp_path / 'checkpoint.pth'), map_location='cpu', strict=True)
    assert torch.equal(tested.model.conv1.weight, trained.model.conv1.weight)
