"""One decoder per data set: what each sees, learns and predicts."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmpose.models.heads import RTMCCHead, SimCCHead  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402

from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.schemas import get_schema  # noqa: E402
from models.heads.decoder_batches import (  # noqa: E402
    CHANNELS,
    DATASETS,
    KINDS,
    build_head,
    features,
    samples,
    total,
)

MIXED = ['mpii', 'coco', 'mpii', 'aic', 'coco']
SIMCC_KINDS = ['simcc', 'rtmcc']


def plain_head(kind: str, head=None, name: str = 'coco'):
    """MMPose's own head of a data set, with the weights of that decoder if a head is given."""
    maps = 3 if kind == 'combined' else 1
    channels = get_schema(DATASETS[name]).num_keypoints * maps
    plain = MODELS.build(KINDS[kind] | dict(in_channels=CHANNELS, out_channels=channels))
    if head is not None:
        plain.load_state_dict(head.decoders[name].state_dict())
    return plain


def flip_settings(kind: str) -> dict:
    mode = 'udp_combined' if kind == 'combined' else 'heatmap'
    return dict(flip_test=True, flip_mode=mode, shift_heatmap=False)


def mirrored(feats):
    """Features of mirror images: other ones, so that the two parts differ."""
    return tuple(level.flip(-1) * 0.7 + 0.1 for level in feats)


@pytest.mark.parametrize('kind', KINDS)
def test_one_data_set_with_everything_labelled_is_mmpose_itself(kind):
    head = build_head(kind, dict(coco='coco17'))
    plain, batch = plain_head(kind, head), samples(['coco'] * 4, kind)
    feats, plain_feats = features(4, kind), features(4, kind)
    ours = head.loss(feats, batch)
    # MMPose's accuracy takes one map a keypoint
    theirs = plain.loss(plain_feats, batch, dict(compute_acc=kind != 'combined'))
    # MMPose adds SimCC's samples up, so that its value grows with the batch
    expected = theirs['loss_kpt'] / (4 if kind in SIMCC_KINDS else 1)
    torch.testing.assert_close(ours['loss_kpt/coco'], expected, rtol=1e-5, atol=1e-8)
    if kind != 'combined':
        assert float(ours['acc_pose/coco']) == pytest.approx(float(theirs['acc_pose']))
    total(ours).backward()
    expected.backward()
    torch.testing.assert_close(feats[0].grad, plain_feats[0].grad, rtol=1e-4, atol=1e-8)
    head.eval(), plain.eval()
    with torch.no_grad():
        for settings in ({}, flip_settings(kind)):
            given = [feats, mirrored(feats)] if settings else feats
            found, wanted = (
                head.predict(given, batch, settings),
                plain.predict(given, batch, settings),
            )
            for one, two in zip(found, wanted, strict=True):
                np.testing.assert_array_equal(one.keypoints, two.keypoints)
                np.testing.assert_array_equal(one.keypoint_scores, two.keypoint_scores)


@pytest.mark.parametrize('kind', KINDS)
@pytest.mark.parametrize('flip', [False, True])
def test_each_sample_of_a_mixed_batch_is_predicted_by_its_own_decoder(kind, flip):
    head, feats = build_head(kind).eval(), features(5, kind)
    batch = samples(MIXED, kind)
    settings = (flip_settings(kind) if flip else {}) | dict(output_heatmaps=True)
    with torch.no_grad():
        given = [feats, mirrored(feats)] if flip else feats
        found, maps = head.predict(given, batch, settings)
        for position, name in enumerate(MIXED):
            schema = get_schema(DATASETS[name])
            alone = tuple(level[position : position + 1] for level in feats)
            sample = copy.deepcopy(batch[position])
            sample.set_metainfo(dict(flip_indices=schema.flip_indices.tolist()))
            plain = plain_head(kind, head, name).eval()
            given = [alone, mirrored(alone)] if flip else alone
            (wanted,), (wanted_maps,) = plain.predict(given, [sample], settings)
            assert found[position].keypoints.shape == (1, schema.num_keypoints, 2)
            assert batch[position].metainfo['pred_schema'] == schema
            np.testing.assert_allclose(found[position].keypoints, wanted.keypoints, atol=1e-3)
            np.testing.assert_allclose(
                found[position].keypoint_scores, wanted.keypoint_scores, rtol=1e-4
            )
            torch.testing.assert_close(
                maps[position].heatmaps, wanted_maps.heatmaps, rtol=1e-4, atol=1e-5
            )


@pytest.mark.parametrize('kind', ['msra', 'combined', 'rtmcc'])
def test_the_loss_counts_the_supervised_keypoints_of_all_data_sets(kind):
    head, batch = build_head(kind, dataset_weights=dict(mpii=2.0)), samples(MIXED, kind, 0.6)
    losses = head.loss(features(5, kind), batch)
    assert [key for key in losses if 'loss' in key] == [f'loss_kpt/{name}' for name in DATASETS]
    labelled = sum(int((s.gt_instance_labels.keypoint_weights > 0).sum()) for s in batch)
    sums = dict.fromkeys(DATASETS, 0.0)
    for position, name in enumerate(MIXED):  # one keypoint at a time through MMPose's loss
        sample, decoder = batch[position], head.decoders[name]
        outputs = decoder((features(5, kind)[0][position : position + 1],))
        weights = sample.gt_instance_labels.keypoint_weights
        for k in torch.nonzero(weights[0])[:, 0].tolist():
            sums[name] += keypoint_loss(decoder, outputs, sample, k, weights[:, k : k + 1])
    for name, value in sums.items():
        expected = value * (2.0 if name == 'mpii' else 1.0) / labelled
        assert float(losses[f'loss_kpt/{name}']) == pytest.approx(expected, rel=1e-4)


def keypoint_loss(decoder, outputs, sample, k: int, weight: torch.Tensor) -> float:
    if isinstance(outputs, tuple):
        labels = sample.gt_instance_labels
        truth = labels.keypoint_x_labels[:, k : k + 1], labels.keypoint_y_labels[:, k : k + 1]
        pred = tuple(part[:, k : k + 1] for part in outputs)
        return float(decoder.loss_module(pred, truth, weight))
    maps = outputs.shape[1] // sample.gt_instance_labels.keypoint_weights.shape[1]
    part = slice(k * maps, (k + 1) * maps)
    truth = sample.gt_fields.heatmaps[None, part]
    return float(decoder.loss_module(outputs[:, part], truth, weight))


@pytest.mark.parametrize('kind', ['msra', 'deconv', 'rtmcc'])
def test_unlabelled_keypoints_and_absent_data_sets_get_zero_gradients(kind):
    head, feats = build_head(kind), features(3, kind)
    batch = samples(['coco', 'mpii', 'coco'], kind)
    for sample in batch:  # nobody labels the first keypoint
        sample.gt_instance_labels.keypoint_weights[:, 0] = 0
        if kind in ('msra', 'deconv'):
            sample.gt_fields.heatmaps[0] = np.nan
    losses = head.loss(feats, batch)
    assert float(losses['loss_kpt/aic']) == 0 and 'acc_pose/aic' not in losses
    total(losses).backward()
    for name, parameter in head.named_parameters():
        assert parameter.grad is not None and parameter.grad.isfinite().all(), name
        assert '.aic.' not in name or not parameter.grad.any(), name
    assert feats[0].grad.isfinite().all()
    if kind == 'msra':
        grad = head.decoders['coco'].final_layer.weight.grad
        assert not grad[0].any() and grad[1:].flatten(1).any(dim=1).all()


def test_a_batch_without_a_label_has_a_loss_of_zero():
    head, feats = build_head(), features(5)
    losses = head.loss(feats, samples(MIXED, labelled=0.0))
    total(losses).backward()
    assert float(total(losses)) == 0 and not any('acc' in key for key in losses)
    assert all(p.grad is not None and not p.grad.any() for p in head.parameters())
    assert not feats[0].grad.any()


@pytest.mark.parametrize('num_decoders', [1, 3, 6])
def test_the_cost_does_not_grow_with_the_number_of_decoders(num_decoders):
    datasets = {f'set{i}': 'coco17' for i in range(num_decoders)}
    head, rows = build_head(datasets=datasets), []
    for decoder in head.decoders.values():
        decoder.final_layer.register_forward_hook(lambda _, args, out: rows.append(len(out)))
    names = [f'set{i % num_decoders}' for i in range(12)]
    batch = samples(names, datasets=datasets)
    head.loss(features(12), batch)
    assert sum(rows) == 12 and len(rows) == num_decoders
    rows.clear()
    with torch.no_grad():
        head.eval().predict(features(12), batch)
        assert sum(rows) == 12
        rows.clear()
        head.predict(
            features(12), batch, dict(target_schema='set0' if num_decoders > 1 else 'coco17')
        )
        assert rows == [12]


def statistics(head, name: str) -> list[torch.Tensor]:
    return [value.clone() for key, value in head.decoders[name].named_buffers() if 'running' in key]


def test_normalisation_is_of_a_decoders_own_data_set():
    feats, batch = features(5, 'deconv'), samples(MIXED, 'deconv')
    head, other = build_head('deconv'), build_head('deconv')
    fresh = statistics(head, 'coco')
    changed = feats[0].detach().clone()
    changed[[0, 2, 3]] = 100.0  # all but coco's
    ours, theirs = head.loss(feats, batch), other.loss((changed,), batch)
    assert torch.equal(ours['loss_kpt/coco'], theirs['loss_kpt/coco'])
    assert all(map(torch.equal, statistics(head, 'coco'), statistics(other, 'coco')))
    assert not any(map(torch.equal, statistics(head, 'coco'), fresh))
    assert not any(map(torch.equal, statistics(head, 'mpii'), statistics(other, 'mpii')))
    before = statistics(head, 'aic')
    head.loss(feats, samples(['coco'] * 5, 'deconv'))
    assert all(map(torch.equal, statistics(head, 'aic'), before))


def test_target_schema_forces_one_decoder_or_all():
    feats, batch = features(5), samples(MIXED)
    head = build_head(target_schema='mpii16').eval()
    with torch.no_grad():
        own = {n: head.decoders[n].predict(feats, batch) for n in DATASETS}
        for found, wanted in zip(head.predict(feats, batch), own['mpii'], strict=True):
            np.testing.assert_array_equal(found.keypoints, wanted.keypoints)
        assert {s.metainfo['pred_schema'].name for s in batch} == {'mpii16'}
        for found in head.predict(feats, batch, dict(target_schema='aic14')):  # settings win
            assert found.keypoints.shape == (1, 14, 2)
        found, maps = head.predict(feats, batch, dict(target_schema='union', output_heatmaps=True))
    schema = batch[0].metainfo['pred_schema']
    assert schema.num_keypoints == 47 and maps[0].heatmaps.shape == (47, 16, 12)
    for position in range(5):
        expected = [own[name][position].keypoints for name in DATASETS]
        np.testing.assert_array_equal(found[position].keypoints, np.concatenate(expected, axis=1))
    assert schema.keypoints[0] == 'nose' and schema.keypoints[17 + 12] == 'head_top'


def test_target_schema_of_data_sets_that_share_a_schema():
    datasets = dict(coco='coco17', crowd='coco17')
    for target in ('crowd', 'union'):
        head, batch = build_head(datasets=datasets, target_schema=target), samples(['coco'])
        with torch.no_grad():
            (found,) = head.eval().predict(features(1), batch)
            (crowd,) = head.decoders['crowd'].predict(features(1), batch)
        assert found.keypoints.shape[1] == (17 if target == 'crowd' else 34)
        np.testing.assert_array_equal(found.keypoints[:, -17:], crowd.keypoints)
    with pytest.raises(LandmarkError, match='coco, crowd; give the name of one of these data sets'):
        build_head(datasets=datasets, target_schema='coco17')


def test_an_unknown_target_schema_is_an_error_when_the_model_is_built():
    with pytest.raises(LandmarkError, match="'mpi16' \\(did you mean 'mpii16'\\?\\)"):
        build_head(target_schema='mpi16')
    head = dict(type='MultiDecoderHead', datasets=DATASETS)
    head['decoder_head'] = KINDS['msra'] | dict(in_channels=512)
    backbone = dict(type='ResNet', depth=18)
    model = dict(type='TopdownPoseEstimator', backbone=backbone, head=head)
    with pytest.raises(LandmarkError, match='expected one of union, coco17, aic14, mpii16, coco'):
        MODELS.build(model | dict(test_cfg=dict(target_schema='face68')))
    assert MODELS.build(model | dict(test_cfg=dict(target_schema='union'))).head.test_cfg


def test_inside_an_estimator():
    head = dict(type='MultiDecoderHead', datasets=DATASETS)
    head['decoder_head'] = KINDS['deconv'] | dict(in_channels=512)
    backbone = dict(type='ResNet', depth=18, strides=(1, 2, 2, 1))
    model = dict(type='TopdownPoseEstimator', backbone=backbone, head=head)
    model = MODELS.build(model | dict(test_cfg=dict(flip_test=True)))
    model.init_weights()
    final = model.head.decoders['mpii'].final_layer.weight
    assert 0 < float(final.std()) < 0.01  # the decoders' own initialisation, std 0.001
    inputs, batch = torch.randn(5, 3, 64, 48), samples(MIXED, 'deconv')
    losses = model(inputs, batch, mode='loss')
    total(losses).backward()
    assert all(p.grad is not None for p in model.parameters())
    with torch.no_grad():
        results = model.eval()(inputs, batch, mode='predict')
        raw = model(inputs, batch, mode='tensor')
    assert [r.pred_instances.keypoints.shape[1] for r in results] == [16, 17, 16, 14, 17]
    assert {name: maps.shape[:2] for name, maps in raw.items()} == {
        'coco': (5, 17),
        'aic': (5, 14),
        'mpii': (5, 16),
    }


def test_settings_of_one_decoder_replace_those_of_all():
    loss = dict(loss_weight=3.0)
    simcc = dict(_delete_=True, in_channels=CHANNELS, **KINDS['simcc'])
    head = build_head(decoders=dict(mpii=dict(loss=loss), aic=simcc))
    weights = {n: getattr(d.loss_module, 'loss_weight', None) for n, d in head.decoders.items()}
    assert weights == dict(coco=1.0, aic=None, mpii=3.0)
    assert isinstance(head.decoders['aic'], SimCCHead)
    assert head.decoders['mpii'].loss_module.use_target_weight  # merged, not replaced
    batch = samples(['coco', 'mpii']) + samples(['aic'], 'simcc')
    losses = head.loss(features(3), batch)
    assert all(float(losses[f'loss_kpt/{name}']) > 0 for name in DATASETS)
    with torch.no_grad():
        assert [p.keypoints.shape[1] for p in head.eval().predict(features(3), batch)] == [
            17,
            16,
            14,
        ]
        with pytest.raises(LandmarkError, match='different shapes per keypoint'):
            head.predict(features(3), batch, dict(target_schema='union', output_heatmaps=True))
        (joined, *_) = head.predict(features(3), batch, dict(target_schema='union'))
    assert joined.keypoints.shape == (1, 47, 2)


def test_heads_are_copied_and_pickled():
    head = build_head('rtmcc').eval()
    assert isinstance(head.decoders['aic'], RTMCCHead)
    for other in (copy.deepcopy(head), pickle.loads(pickle.dumps(head))):
        found = [h.predict(features(5), samples(MIXED, 'rtmcc')) for h in (head, other.eval())]
        for one, two in zip(*found, strict=True):
            np.testing.assert_array_equal(one.keypoints, two.keypoints)
