"""A checkpoint that says nothing of its points, loaded into a head that it is not for.

MMEngine loads what fits and leaves the rest random, which a test would not show.
"""

from __future__ import annotations

import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.runner.checkpoint import load_state_dict  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402
from torch import nn  # noqa: E402

from mmlandmark.errors import LandmarkError  # noqa: E402
from models.heads.decoder_batches import CHANNELS, KINDS, build_head  # noqa: E402
from models.heads.union_batches import build  # noqa: E402

HEADS = {'union': lambda: build('udp'), 'decoders': build_head}


class Model(nn.Module):
    """A head at its place in a model."""

    def __init__(self, head: nn.Module) -> None:
        super().__init__()
        self.backbone, self.head = nn.Conv2d(1, 2, 1), head


def plain(kind: str, out_channels: int) -> dict[str, torch.Tensor]:
    """The weights of MMPose's own model."""
    head = MODELS.build(KINDS[kind] | dict(in_channels=CHANNELS, out_channels=out_channels))
    return Model(head).state_dict()


def without_record(head: nn.Module) -> dict[str, torch.Tensor]:
    return {k: v for k, v in Model(head).state_dict().items() if 'schema_record' not in k}


@pytest.mark.parametrize(
    'load', [Model.load_state_dict, load_state_dict], ids=['torch', 'mmengine']
)
@pytest.mark.parametrize('channels', [17, 133])
def test_a_plain_model_is_not_one_of_several_decoders(load, channels):
    model = Model(build_head())
    before = {key: value.clone() for key, value in model.state_dict().items()}
    with pytest.raises(
        LandmarkError,
        match=r'head.decoders.coco.final_layer.weight is missing, that of MultiDecoderHead with '
        r'decoders for the points of coco \(17\), aic \(14\), mpii \(16\) 17x4x1x1',
    ) as told:
        load(model, plain('msra', channels), strict=False)
    assert '\n' not in str(told.value)
    head = {key: value for key, value in model.state_dict().items() if 'head' in key}
    assert all(torch.equal(value, before[key]) for key, value in head.items())


def test_a_decoder_for_another_number_of_points():
    state = without_record(build_head())
    state['head.decoders.mpii.final_layer.weight'] = torch.zeros(17, CHANNELS, 1, 1)
    with pytest.raises(LandmarkError, match=r'mpii.final_layer.weight is 17x4x1x1, .* 16x4x1x1'):
        Model(build_head()).load_state_dict(state, strict=False)


def test_a_missing_decoder():
    state = {k: v for k, v in without_record(build_head()).items() if '.aic.' not in k}
    with pytest.raises(LandmarkError, match='decoders.aic.final_layer.weight is missing'):
        Model(build_head()).load_state_dict(state, strict=False)


def test_a_model_without_the_layer_of_a_union():
    state = without_record(build('udp'))
    state['head.other_layer.weight'] = state.pop('head.final_layer.weight')
    with pytest.raises(
        LandmarkError, match="is missing, that of UnionHeatmapHead with the 21 points of union 'un"
    ):
        Model(build('udp')).load_state_dict(state, strict=False)


@pytest.mark.parametrize('kind', HEADS)
def test_the_same_weights_and_those_of_a_backbone_alone_are_taken(kind):
    state = without_record(HEADS[kind]())
    for given in (state, {k: v for k, v in state.items() if 'backbone' in k}):
        model = Model(HEADS[kind]())
        model.load_state_dict({k: v + 1 for k, v in given.items()}, strict=False)
        for key, value in given.items():
            assert torch.equal(model.state_dict()[key], value + 1)
