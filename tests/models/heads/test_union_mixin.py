"""Predictions of union heads: schemas, flips, targets, maps."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.registry import DefaultScope  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402

from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.schemas import get_schema, get_union  # noqa: E402
from models.heads.union_batches import (  # noqa: E402
    CODECS,
    DATASETS,
    HEADS,
    SIZE,
    build,
    pose_batch,
)

UNION = get_union('union21')
NAMES = ['coco', 'mpii', 'mpii', 'coco']
WIDTHS = dict(msra=44, udp_combined=SIZE[0], simcc=47.5, rtmcc=47.5)
"""Where x = 0 is in the mirror image. The refinement of UDP's and Megvii's decoders is not itself
symmetric; of these the maps are compared."""
NINETEEN = dict(members=['coco17', 'aic14'])


def batch_of(kind: str, names: list[str] = NAMES, **options: Any) -> list:
    return pose_batch(names, HEADS[kind]['decoder'], **options)


def outputs(kind: str, seed: int = 0, batch: int = len(NAMES)) -> Any:
    """What some network may have said of a batch; the peaks lie well inside."""
    rng = torch.Generator().manual_seed(seed)
    if kind in ('simcc', 'rtmcc'):
        return tuple(torch.rand(batch, 21, n, generator=rng) for n in (96, 128))
    maps = torch.zeros(batch, 63 if kind == 'udp_combined' else 21, 16, 12)
    maps[..., 3:-3, 3:-3] = torch.rand(maps[..., 3:-3, 3:-3].shape, generator=rng)
    return maps


def predict(head: Any, feats: Any, batch: list, **test_cfg: Any) -> Any:
    """Predict from outputs instead of features."""
    head.forward = lambda feats: copy.deepcopy(feats)
    with torch.no_grad():
        return head.predict(feats, batch, test_cfg)


@pytest.mark.parametrize('kind', HEADS)
def test_each_sample_is_predicted_in_its_own_schema(kind):
    head, batch, maps = build(kind), batch_of(kind), outputs(kind)
    found = predict(head, maps, batch)
    everything = predict(head, maps, batch_of(kind), target_schema='union')
    for name, sample, mine, points in zip(NAMES, batch, found, everything, strict=True):
        assert sample.metainfo['pred_schema'] == get_schema(DATASETS[name])
        channels = UNION.channel_indices(DATASETS[name])
        assert points.keypoints.shape == (1, 21, 2)
        np.testing.assert_allclose(mine.keypoints, points.keypoints[:, channels])
        np.testing.assert_allclose(mine.keypoint_scores, points.keypoint_scores[:, channels])


@pytest.mark.parametrize('kind', HEADS)
@settings(max_examples=5, deadline=None)
@given(st.integers(0, 2**31))
def test_flip_test_of_a_mirrored_image_gives_exactly_mirrored_points(kind, seed):
    head, maps = build(kind), (outputs(kind, seed), outputs(kind, seed + 1))
    cfg = dict(flip_test=True, output_heatmaps=True)
    if kind == 'udp_combined':
        cfg['flip_mode'] = kind
    found, shown = predict(head, list(maps), batch_of(kind), **cfg)
    other, other_shown = predict(head, list(reversed(maps)), batch_of(kind), **cfg)
    for i, name in enumerate(NAMES):
        flips = get_schema(DATASETS[name]).flip_indices
        mirrored = other[i].keypoints[:, flips]
        if kind in WIDTHS:
            mirrored[..., 0] = WIDTHS[kind] - mirrored[..., 0]
            np.testing.assert_allclose(found[i].keypoints, mirrored, atol=1e-3)
        scores = other[i].keypoint_scores[:, flips]
        np.testing.assert_allclose(found[i].keypoint_scores, scores, rtol=1e-5)
        if kind != 'udp_combined':  # of which two maps are offsets
            expected = other_shown[i].heatmaps.flip(-1)[flips.tolist()]
            torch.testing.assert_close(shown[i].heatmaps, expected)


def test_the_mean_of_both_is_decoded_and_maps_are_shifted_where_asked():
    head, maps, mirrored = build('msra'), outputs('msra'), outputs('msra', 1)
    back = mirrored.flip(-1)[:, UNION.schema.flip_indices.tolist()]
    shifted = torch.cat((back[..., :1], back[..., :-1]), dim=-1)
    for shift, part in ((False, back), (True, shifted)):
        batch = batch_of('msra')
        cfg = dict(flip_test=True, shift_heatmap=shift, output_heatmaps=True)
        _, shown = predict(head, [maps, mirrored], batch, **cfg)
        for i, name in enumerate(NAMES):
            channels = UNION.channel_indices(DATASETS[name]).tolist()
            torch.testing.assert_close(shown[i].heatmaps, (maps + part)[i, channels] / 2)


def test_the_swaps_of_samples_do_not_matter_as_they_do_for_the_head_of_mmpose():
    feats = (torch.randn(4, 8, 16, 12),)
    batch = batch_of('udp', ['coco'] * 4)
    common = dict(in_channels=8, deconv_out_channels=None, decoder=CODECS['udp'])
    plain = MODELS.build(dict(type='HeatmapHead', out_channels=19, **common))
    with torch.no_grad(), pytest.raises(AssertionError):
        plain.predict([feats, feats], batch, dict(flip_test=True))
    head = build('udp', union=NINETEEN, datasets=dict(coco='coco17', aic='aic14'))
    assert head.out_channels == 19
    with torch.no_grad():
        found = head.predict([feats, feats], batch, dict(flip_test=True))
    assert [instance.keypoints.shape for instance in found] == [(1, 17, 2)] * 4


def test_target_schema():
    maps = outputs('udp')
    by_head = predict(build('udp', target_schema='mpii16'), maps, batch := batch_of('udp'))
    by_config = predict(build('udp'), maps, batch_of('udp'), target_schema='mpii16')
    over = build('udp', target_schema='coco17')
    stronger = predict(over, maps, batch_of('udp'), target_schema='mpii16')
    for a, b, c in zip(by_head, by_config, stronger, strict=True):
        assert a.keypoints.shape == (1, 16, 2)
        np.testing.assert_array_equal(a.keypoints, b.keypoints)
        np.testing.assert_array_equal(a.keypoints, c.keypoints)
    assert {s.metainfo['pred_schema'].name for s in batch} == {'mpii16'}
    # with a target, the data set need not be known
    strangers = batch_of('udp', ['face68'] * 4)
    assert len(predict(build('udp'), maps, strangers, target_schema='union')) == 4
    assert strangers[0].metainfo['pred_schema'] == UNION.schema
    with pytest.raises(LandmarkError, match="is of the data set 'face68', known are coco, mpii"):
        predict(build('udp'), maps, strangers)


def test_an_unknown_target_is_an_error_when_the_model_is_built():
    backbone = dict(type='ResNet', depth=18, base_channels=8, stem_channels=8)
    config = dict(
        type='TopdownPoseEstimator',
        data_preprocessor=dict(type='PoseDataPreprocessor'),
        backbone=backbone,
        head=HEADS['udp']
        | dict(union='union21', datasets=DATASETS, in_channels=64, deconv_out_channels=None),
    )
    with DefaultScope.overwrite_default_scope('mmpose'):
        MODELS.build(copy.deepcopy(config) | dict(test_cfg=dict(target_schema='union')))
        with pytest.raises(LandmarkError, match="target_schema: .*did you mean 'mpii16'"):
            MODELS.build(copy.deepcopy(config) | dict(test_cfg=dict(target_schema='mpi16')))


def test_samples_labelled_in_the_union_are_predicted_in_it():
    batch = batch_of('udp')
    batch[1].set_metainfo(dict(label_schema='union'))
    found = predict(build('udp'), outputs('udp'), batch)
    assert [instance.keypoints.shape[1] for instance in found] == [17, 21, 16, 17]


@pytest.mark.parametrize('kind', ['udp', 'udp_combined', 'simcc', 'rtmcc'])
def test_output_heatmaps(kind):
    head, batch, maps = build(kind), batch_of(kind), outputs(kind)
    found, shown = predict(head, maps, batch, output_heatmaps=True)
    for i, name in enumerate(NAMES):
        count = get_schema(DATASETS[name]).num_keypoints
        assert found[i].keypoints.shape == (1, count, 2)
        if kind in ('simcc', 'rtmcc'):
            assert shown[i].heatmaps.shape == (count, 128, 96)
            assert found[i].keypoint_x_labels.shape == (1, count, 96)
            assert found[i].keypoint_y_labels.shape == (1, count, 128)
        else:
            each = 3 if kind == 'udp_combined' else 1
            channels = UNION.channel_indices(DATASETS[name]).tolist()
            expected = maps[i].unflatten(0, (21, each))[channels].flatten(0, 1)
            torch.testing.assert_close(shown[i].heatmaps, expected)


def test_simcc_maps_are_those_of_mmpose():
    head = build('simcc', datasets=dict(all='union'))
    options = {k: v for k, v in HEADS['simcc'].items() if k != 'type'}
    plain = MODELS.build(
        dict(type='SimCCHead', out_channels=21, in_channels=8, deconv_out_channels=None, **options)
    )
    batch = batch_of('simcc', ['all'] * 4, schemas=dict(all=UNION.schema))
    for model in (head, plain):
        model.forward = lambda feats: outputs('simcc')
    (mine, maps), (theirs, expected) = (
        model.predict((), batch, dict(output_heatmaps=True)) for model in (head, plain)
    )
    for a, b, c, d in zip(mine, theirs, maps, expected, strict=True):
        torch.testing.assert_close(c.heatmaps, d.heatmaps)
        for key in ('keypoints', 'keypoint_scores', 'keypoint_x_labels', 'keypoint_y_labels'):
            np.testing.assert_allclose(a.get(key), b.get(key), rtol=1e-6)
