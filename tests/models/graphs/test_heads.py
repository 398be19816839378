"""Heads inside a graph predict what they predict: plain, flipped, of a chosen schema."""

from __future__ import annotations

import numpy as np
import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
pytest.importorskip('onnxruntime')
from mmpose.registry import MODELS  # noqa: E402

from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.models.graphs.heads import build_head_graph  # noqa: E402
from mmlandmark.schemas import get_schema  # noqa: E402
from models.graphs.recorded import run_onnx  # noqa: E402
from models.heads import decoder_batches, hand_batches, union_batches  # noqa: E402

SIZE = union_batches.SIZE
LABEL = dict(type='RegressionLabel', input_size=SIZE)
INTEGRAL = dict(type='IntegralRegressionLabel', input_size=SIZE, heatmap_size=(12, 16), sigma=2.0)
FLIP = dict(flip_test=True)
COORDINATES = dict(FLIP, flip_mode='coordinates')
# features are 8 x 16 x 12; a heatmap of random numbers has no second cell of the same height
CASES = {
    'maps': (dict(decoder_batches.KINDS['msra'], in_channels=8, out_channels=17), FLIP),
    'vectors': (dict(decoder_batches.KINDS['rtmcc'], in_channels=8, out_channels=17), FLIP),
    'coordinates': (dict(decoder_batches.KINDS['simcc'], in_channels=8, out_channels=17),
                    COORDINATES),
    'regression': (dict(type='RegressionHead', in_channels=8, num_joints=17, decoder=LABEL), FLIP),
    'rle': (dict(type='RLEHead', in_channels=8, num_joints=17, decoder=LABEL), FLIP),
    'dsnt': (dict(type='DSNTHead', in_channels=8, in_featuremap_size=(12, 16), num_joints=17,
                  deconv_out_channels=None, decoder=INTEGRAL), FLIP),
}  # fmt: skip


def features(channels=8, height=16, width=12, batch=3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(batch, channels, height, width, generator=generator)


def pooled(seed):
    return features(8, 1, 1, seed=seed)


class Pair(torch.nn.Module):
    """A head's graph with features, and those of mirror images, as plain inputs."""

    def __init__(self, head):
        super().__init__()
        self.head = head

    def forward(self, feats, mirrored=None):
        return self.head((feats,), None if mirrored is None else (mirrored,))


def assert_same(head, samples, schema, test_cfg, dataset=None, size=SIZE, feats=features):
    """Compare a graph in onnxruntime with the head's own ``predict``."""
    inputs = [feats(seed=0), *([feats(seed=1)] if test_cfg.get('flip_test') else [])]
    head.eval()
    given = [(part.clone(),) for part in inputs]
    with torch.no_grad():
        found = head.predict(given if len(given) == 2 else given[0], samples, test_cfg)
    points = np.concatenate([one.keypoints for one in found])
    scores = np.concatenate([one.keypoint_scores for one in found])
    graph = Pair(build_head_graph(head, schema, dataset, test_cfg, size))
    for (own, heights), batch in zip(run_onnx(graph, *inputs), (1, 3), strict=True):
        assert own.shape == points[:batch].shape
        # where nothing is found, MMPose's combined codec reads an offset from the map's other end
        found = heights > 0
        assert found.mean() > 0.4
        np.testing.assert_allclose(own[found], points[:batch][found], rtol=0, atol=1e-4)
        np.testing.assert_allclose(heights, scores[:batch], rtol=1e-5, atol=1e-5)


def samples_of(names):
    return union_batches.pose_batch(names, union_batches.CODECS['msra'])


@pytest.mark.parametrize('kind', CASES)
def test_a_head_of_mmpose(kind):
    config, flip = CASES[kind]
    torch.manual_seed(0)
    head, schema = MODELS.build(config), get_schema('coco17')
    for parameter in head.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    if flip is COORDINATES:
        from mmlandmark.models.heads.flip_coordinates import predict_both

        own = head.predict
        head.predict = lambda feats, samples, cfg: predict_both(
            own, head.decoder, feats, samples, cfg
        )
    feats = pooled if kind in ('regression', 'rle') else features
    assert_same(head, samples_of(['coco'] * 3), schema, flip, feats=feats)


@pytest.mark.parametrize('kind', ['msra', 'udp_combined', 'rtmcc'])
def test_a_member_of_a_union_is_chosen_by_its_data_set_or_by_name(kind):
    head = union_batches.build(kind)
    names = ['mpii'] * 3
    assert_same(head, samples_of(names), get_schema('mpii16'), {}, 'mpii')
    mode = dict(flip_mode='udp_combined') if kind == 'udp_combined' else {}
    chosen = dict(FLIP, target_schema='coco17', **mode)
    assert_same(head, samples_of(names), get_schema('coco17'), chosen, 'mpii')


def test_a_decoder_is_chosen_by_its_data_set_or_all_are_joined():
    head = decoder_batches.build_head('simcc')
    channels = decoder_batches.CHANNELS

    def feats(seed):
        return features(channels, seed=seed)

    samples = samples_of(['mpii'] * 3)
    assert_same(head, samples, get_schema('mpii16'), FLIP, 'mpii', feats=feats)
    union = dict(target_schema='union')
    assert_same(head, samples, head._union.schema, union, 'mpii', feats=feats)


@pytest.mark.parametrize('kind', hand_batches.HEADS)
@pytest.mark.parametrize('shift', [True, False])
def test_heads_of_points_in_space_give_x_and_y(kind, shift):
    head = hand_batches.build(kind)
    samples = hand_batches.samples(hand_batches.HEADS[kind]['decoder'], *hand_batches.truth(3))

    def feats(seed):
        return features(6, 3, 4, seed=seed)

    cfg = dict(FLIP, shift_coords=shift)
    assert_same(head, samples, get_schema('hand21'), cfg, None, hand_batches.SIZE, feats)


def test_what_cannot_be_exported_is_told_in_one_line():
    head, schema = hand_batches.build('regression'), get_schema('hand21')
    with pytest.raises(LandmarkError, match="shift_coords='crop' needs to know .*no-flip-test"):
        build_head_graph(head, schema, None, dict(FLIP, shift_coords='crop'), SIZE)
    with pytest.raises(LandmarkError, match='Linear cannot be exported; there are HeatmapHead'):
        build_head_graph(torch.nn.Linear(1, 1), schema, None, {}, SIZE)
