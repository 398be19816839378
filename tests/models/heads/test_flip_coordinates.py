"""The flip test that averages points."""

from __future__ import annotations

import numpy as np
import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.registry import DefaultScope  # noqa: E402
from mmengine.structures import InstanceData  # noqa: E402
from mmpose.registry import KEYPOINT_CODECS, MODELS  # noqa: E402
from mmpose.structures import PoseDataSample  # noqa: E402

from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.models.heads.flip_coordinates import predict_both  # noqa: E402
from mmlandmark.schemas import get_mapping, get_schema, get_union  # noqa: E402
from models.heads.peak_model import (  # noqa: E402
    CODEC,
    SIZE,
    estimator,
    in_image,
    inputs,
    peak_head,
    random_points,
    samples,
)
from models.heads.union_batches import CODECS, HEADS, build, pose_batch  # noqa: E402

COCO, MPII = get_schema('coco17'), get_schema('mpii16')
MODE = dict(flip_test=True, flip_mode='coordinates')


@pytest.fixture(autouse=True)
def scope():
    with DefaultScope.overwrite_default_scope('mmpose'):
        yield


def feats(count: int, seed: int = 0) -> tuple[torch.Tensor]:
    return (torch.rand(count, 8, 16, 12, generator=torch.Generator().manual_seed(seed)),)


def finding(kind: str, **options) -> torch.nn.Module:
    """A head with random weights that finds every point in every picture."""
    head = build(kind, **options).eval()
    if kind not in ('simcc', 'rtmcc'):
        head.final_layer.bias.data += 2
    return head


@pytest.mark.parametrize('kind', HEADS)
def test_it_is_the_mean_of_the_points_of_both(kind: str) -> None:
    head = finding(kind)
    names = ['coco', 'mpii', 'coco']
    batch = pose_batch(names, CODECS['msra'])
    one, two = feats(3), feats(3, seed=1)
    with torch.no_grad():
        found = head.predict([one, two], batch, MODE)
        straight, mirrored = head.predict(one, batch, {}), head.predict(two, batch, {})
    for name, both, plain, other in zip(names, found, straight, mirrored, strict=True):
        flips = (COCO if name == 'coco' else MPII).flip_indices
        # UDP's codec gives the last pixel as the width of the input
        last = CODECS['msra']['input_size'][0] - ('udp' not in kind)
        x = last - other.keypoints[:, flips, 0]
        np.testing.assert_allclose(both.keypoints[..., 0], (plain.keypoints[..., 0] + x) / 2)
        y = other.keypoints[:, flips, 1]
        np.testing.assert_allclose(both.keypoints[..., 1], (plain.keypoints[..., 1] + y) / 2)
        scores = (plain.keypoint_scores + other.keypoint_scores[:, flips]) / 2
        np.testing.assert_allclose(both.keypoint_scores, scores)


def peak(kind: str, codec: dict = CODEC) -> dict:
    """A head that reads its points off its input."""
    plain = peak_head('coco17') | dict(decoder=codec)
    if kind == 'union':
        del plain['out_channels']
        more = dict(union=dict(members=['coco17']), datasets=dict(coco17='coco17'))
        return plain | dict(type='UnionHeatmapHead', **more)
    if kind == 'decoders':
        shared = {k: v for k, v in plain.items() if k != 'out_channels'}
        datasets = dict(coco17='coco17')
        return dict(type='MultiDecoderHead', datasets=datasets, decoder_head=shared)
    asked = dict(target_schema='coco17')
    head = peak('decoders', codec) | asked if kind == 'converted decoders' else plain
    return dict(type='ConvertedHead', head=head, conversion='coco17-to-mpii16')


@pytest.mark.parametrize('codec', [CODEC, CODEC | dict(type='UDPHeatmap')], ids=['msra', 'udp'])
@pytest.mark.parametrize('shift', [False, True])
@pytest.mark.parametrize('kind', ['union', 'decoders', 'converted', 'converted decoders'])
def test_a_perfect_network_is_right_with_every_head_of_ours(
    kind: str, shift: bool, codec: dict
) -> None:
    schema = MPII if kind.startswith('converted') else COCO
    points, made = random_points(3, 'coco17'), samples(3, schema)
    model = estimator('coco17', peak(kind, codec), MODE | dict(shift_heatmap=shift))
    with torch.no_grad():
        found = model(inputs(points), made, mode='predict')
    if codec['type'] == 'UDPHeatmap':  # whose crops put the last pixel at the edge of the box
        points = points * SIZE / (np.array(SIZE) - 1)
    wanted = in_image(points, made)
    if schema is MPII:
        wanted, _ = get_mapping('coco17-to-mpii16').apply(wanted, np.full(points.shape[:2], 2))
    found = np.concatenate([sample.pred_instances.keypoints for sample in found])
    np.testing.assert_allclose(found, wanted, atol=1e-3)


def test_in_the_union_partners_are_those_of_its_channels() -> None:
    head = finding('udp', target_schema='union')
    batch, one, two = pose_batch(['mpii'], CODECS['udp']), feats(1), feats(1, seed=1)
    with torch.no_grad():
        (both,), maps = head.predict([one, two], batch, MODE | dict(output_heatmaps=True))
        (plain,), (other,) = head.predict(one, batch, {}), head.predict(two, batch, {})
    flips = get_union('union21').schema.flip_indices
    assert both.keypoints.shape == (1, 21, 2) and maps[0].heatmaps.shape[0] == 21
    expected = (plain.keypoints[..., 1] + other.keypoints[:, flips, 1]) / 2
    np.testing.assert_allclose(both.keypoints[..., 1], expected)


@pytest.mark.parametrize('size', [SIZE, (64, 64)])
@pytest.mark.parametrize(
    'kind',
    [
        dict(type='MSRAHeatmap', sigma=2, unbiased=True),
        dict(type='UDPHeatmap', sigma=2),
        dict(type='UDPHeatmap', heatmap_type='combined'),
        dict(type='SimCCLabel', simcc_split_ratio=4.0),
    ],
    ids=['msra', 'udp', 'udp combined', 'simcc'],
)
def test_the_mirror_image_of_a_point_stands_where_the_point_does(kind: dict, size: tuple) -> None:
    """Labels of a picture and of its mirror image, as a perfect network would give them."""
    width, height = size
    if kind['type'] != 'SimCCLabel':
        kind = kind | dict(heatmap_size=(width // 4, height // 4))
    codec = KEYPOINT_CODECS.build(kind | dict(input_size=size))
    points = np.random.default_rng(0).uniform(16, width - 17, (1, 30, 2)).astype(np.float32)
    mirrored = np.array([width - 1, 0], np.float32) + points * np.array([-1, 1], np.float32)
    sample = PoseDataSample(metainfo=dict(flip_indices=list(range(30)), input_size=size))

    def predict(given: np.ndarray, made: list, test_cfg: dict) -> list[InstanceData]:
        parts = codec.encode(given, np.ones((1, 30), np.float32))
        keys = ('heatmaps',) if 'heatmaps' in parts else ('keypoint_x_labels', 'keypoint_y_labels')
        found, _ = codec.decode(*(parts[key] for key in keys))
        return [InstanceData(keypoints=found, keypoint_scores=np.ones((1, 30)))]

    (alone,) = predict(points, [sample], {})
    (both,) = predict_both(predict, codec, [points, mirrored], [sample], MODE)
    gap = both.keypoints - alone.keypoints
    assert np.abs(gap.mean(axis=1)).max() < 0.06 and np.abs(gap).max() < 0.2


def test_a_point_that_one_of_both_finds_is_taken_from_it() -> None:
    sample = PoseDataSample(metainfo=dict(flip_indices=[0, 2, 1], input_size=SIZE))
    scores = {'one': [[0.5, 0.0, 0.0]], 'two': [[0.3, 0.0, 0.8]]}
    points = {'one': [[[10.0, 1], [-1, -1], [-1, -1]]], 'two': [[[175.0, 3], [-1, -1], [41, 7]]]}

    def predict(feats: str, made: list, test_cfg: dict) -> list[InstanceData]:
        assert not test_cfg['flip_test']
        return [InstanceData(keypoints=np.array(points[feats]),
                             keypoint_scores=np.array(scores[feats]))]  # fmt: skip

    codec = KEYPOINT_CODECS.build(CODEC)
    (found,) = predict_both(predict, codec, ['one', 'two'], [sample], MODE)
    # the third is found by none: the mean of where they are put, at a score of zero
    np.testing.assert_allclose(found.keypoints, [[[13, 2], [150, 7], [95.5, -1]]])
    np.testing.assert_allclose(found.keypoint_scores, [[0.4, 0.4, 0.0]])


@pytest.mark.parametrize('kind', ['union', 'decoders', 'converted'])
def test_an_unknown_mode_is_said_when_the_model_is_built(kind: str) -> None:
    with pytest.raises(LandmarkError, match="'coordinate' .did you mean 'coordinates'"):
        estimator('coco17', peak(kind), dict(flip_test=True, flip_mode='coordinate'))


def test_the_estimator_hands_over_both_pictures() -> None:
    """MMPose's estimator with a real backbone: the mirror image of a symmetric answer."""
    torch.manual_seed(0)
    head = dict(
        type='UnionHeatmapHead',
        in_channels=1280,
        deconv_out_channels=(8,),
        deconv_kernel_sizes=(4,),
        union=dict(members=['coco17']),
        datasets=dict(coco17='coco17'),
        decoder=dict(CODEC, input_size=(64, 64), heatmap_size=(4, 4)),
    )
    model = MODELS.build(
        dict(type='TopdownPoseEstimator', backbone=dict(type='MobileNetV2'), head=head)
    ).eval()
    picture, made = torch.rand(1, 3, 64, 64), samples(1, COCO)
    centre, side = np.array([31.5, 32.0]), np.array([64.0, 64.0])
    made[0].set_metainfo(dict(input_size=(64, 64), input_center=centre, input_scale=side))
    points = []
    for flipped in (False, True):
        model.test_cfg = MODE
        with torch.no_grad():
            given = picture.flip(-1) if flipped else picture
            (sample,) = model(given, made, mode='predict')
        points.append(sample.pred_instances.keypoints.copy())
    expected = points[0][:, COCO.flip_indices]
    width = 2 * 31.5 - 1  # the network's pixel x becomes W - 1 - x, around the centre of the box
    np.testing.assert_allclose(points[1][..., 0], width - expected[..., 0], atol=1e-4)
    np.testing.assert_allclose(points[1][..., 1], expected[..., 1], atol=1e-4)
