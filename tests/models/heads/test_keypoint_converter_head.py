"""The head: losses, predictions with baselines, and weights by name."""

from __future__ import annotations

import numpy as np
import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmpose.datasets.datasets.utils import parse_pose_metainfo  # noqa: E402
from mmpose.evaluation.functional import keypoint_auc, keypoint_nme  # noqa: E402
from mmpose.registry import METRICS, MODELS  # noqa: E402
from pair_batches import NETWORKS, SOURCE, TARGET, pair_arrays  # noqa: E402

from mmlandmark.errors import LandmarkError  # noqa: E402
from models.converters.test_converter import MAPPING  # noqa: E402

STUDENT = dict(type='StudentTPointLoss')


def build(**options) -> torch.nn.Module:
    torch.manual_seed(0)
    given = dict(source_schema=SOURCE, target_schema=TARGET, mapping=MAPPING)
    head = MODELS.build(dict(type='KeypointConverterHead', **given, **options))
    data = pair_arrays(60, noise=2.0)
    head.converter.fit(
        data['inputs']['keypoints'],
        data['inputs']['keypoints_visible'],
        data['data_samples']['keypoints'],
        data['data_samples']['keypoints_visible'],
    )
    return head


@pytest.mark.parametrize('loss', [None, STUDENT])
@pytest.mark.parametrize('name', NETWORKS)
def test_one_loss_that_trains(name, loss):
    head = build(network={'type': name, **NETWORKS[name]}, loss=loss)
    data = pair_arrays(32, noise=2.0, hidden=0.2)
    losses = head.loss(data['inputs'], data['data_samples'])
    assert list(losses) == ['loss_kpt'] and losses['loss_kpt'].ndim == 0
    losses['loss_kpt'].backward()
    silent = [n for n, p in head.named_parameters() if p.requires_grad and p.grad is None]
    assert not silent


def test_the_loss_is_measured_in_sizes_of_the_instance():
    head = build(network=dict(type='affine'), loss=dict(type='L1PointLoss'))
    data = pair_arrays(20, noise=5.0)
    inputs, samples = data['inputs'], data['data_samples']
    unit = torch.linspace(10, 50, 20)
    loss = float(head.loss(dict(inputs, unit=unit), samples)['loss_kpt'])
    points = head(inputs).points
    away = (points - samples['keypoints']).square().sum(-1).sqrt() / unit[:, None]
    assert loss == pytest.approx(float(away.mean()), rel=1e-4)


def test_sigma_is_in_pixels_whatever_the_unit_of_the_loss():
    head = build(loss=STUDENT).eval()
    data = pair_arrays(20)
    scale = head(data['inputs']).frame.scale[:, 0, 0]
    losses = [
        head.loss(dict(data['inputs'], unit=unit), data['data_samples'])['loss_kpt']
        for unit in (scale, 2 * scale)
    ]
    # another unit shifts the density by a constant: two coordinates, log 2 each
    assert float(losses[0] - losses[1]) == pytest.approx(2 * np.log(2), rel=1e-3)


@pytest.mark.parametrize('loss', [None, STUDENT])
@pytest.mark.parametrize('name', NETWORKS)
def test_predictions_and_baselines(name, loss):
    head = build(network={'type': name, **NETWORKS[name]}, loss=loss).eval()
    data = pair_arrays(12, hidden=0.2)
    data['data_samples']['head_size'] = torch.arange(1.0, 13.0)
    with torch.no_grad():
        samples = head.predict(data['inputs'], data['data_samples'])
        points = head(data['inputs']).points.numpy()
        base = head.converter.affine(
            data['inputs']['keypoints'], data['inputs']['keypoints_visible']
        ).numpy()
    assert len(samples) == 12
    names = {'mapping'} if name == 'affine' and loss is None else {'mapping', 'affine'}
    visible = data['inputs']['keypoints_visible'].numpy()
    moved, given = MAPPING.apply(data['inputs']['keypoints'].numpy(), visible)
    for i, sample in enumerate(samples):
        pred, truth = sample.pred_instances, sample.gt_instances
        np.testing.assert_array_equal(pred.keypoints, points[i : i + 1])
        assert pred.keypoints.dtype == np.float32
        for field in ('keypoint_scores', 'keypoints_visible', 'keypoints_inferred'):
            assert pred[field].shape == (1, 4)
        assert ('keypoint_sigmas' in pred) == (loss is not None)
        assert set(sample.baselines) == names
        mapped = sample.baselines['mapping']
        np.testing.assert_allclose(mapped['keypoints'], moved[i : i + 1])
        np.testing.assert_array_equal(mapped['keypoints_visible'], given[i : i + 1])
        if 'affine' in names:
            np.testing.assert_array_equal(sample.baselines['affine']['keypoints'], base[i : i + 1])
        assert truth.head_size == [i + 1] and sample.id == sample.img_id == i + 1
        assert truth.bboxes.shape == (1, 4) and truth.bbox_scores.shape == (1,)
        np.testing.assert_array_equal(
            truth.keypoints[0], data['data_samples']['keypoints'][i].numpy()
        )


def test_scores_fall_with_the_expected_error_and_are_zero_where_nothing_is_given():
    head = build(loss=STUDENT).eval()
    torch.nn.init.normal_(head.converter.uncertainty[-1].weight)
    data = pair_arrays(30)
    data['inputs']['keypoints_visible'][0, 2:] = 0
    with torch.no_grad():
        samples = head.predict(data['inputs'], data['data_samples'])
        log_sigma = head(data['inputs']).log_sigma.numpy()
    scores = np.concatenate([s.pred_instances.keypoint_scores for s in samples])
    assert not scores[0].any()
    assert ((scores[1:] > 0) & (scores[1:] < 1)).all()
    order = np.argsort(log_sigma[1:].ravel())
    assert (np.diff(scores[1:].ravel()[order]) <= 0).all()


def test_the_metrics_of_mmpose_run_on_the_predictions():
    head = build(network=dict(type='affine')).eval()
    data = pair_arrays(12, noise=3.0, hidden=0.2)
    with torch.no_grad():
        samples = [s.to_dict() for s in head.predict(data['inputs'], data['data_samples'])]
        points = head(data['inputs']).points.numpy()
    truth = data['data_samples']['keypoints'].numpy()
    seen = data['data_samples']['keypoints_visible'].numpy() > 0
    meta = parse_pose_metainfo(TARGET.to_metainfo())

    def figures(**config) -> dict:
        metric = METRICS.build(config)
        metric.dataset_meta = meta
        metric.process({}, samples)
        return metric.compute_metrics(metric.results)

    nme = figures(type='NME', norm_mode='keypoint_distance', keypoint_indices=[0, 1])['NME']
    size = np.linalg.norm(truth[:, 0] - truth[:, 1], axis=1)
    assert nme == pytest.approx(
        keypoint_nme(points, truth, seen, np.repeat(size[:, None], 2, 1)), rel=1e-6
    )
    away = np.linalg.norm(points - truth, axis=-1)
    boxes = data['data_samples']['bboxes'].numpy()
    side = (boxes[:, 2:] - boxes[:, :2]).max(1, keepdims=True)
    pck = figures(type='PCKAccuracy', thr=0.05, norm_item='bbox')['PCK']
    hits = np.where(seen, away / side < 0.05, False).sum(0) / seen.sum(0)
    assert pck == pytest.approx(hits.mean(), abs=0.02)
    auc = figures(type='AUC', norm_factor=30)['AUC']
    assert auc == pytest.approx(keypoint_auc(points, truth, seen, 30), rel=1e-6)


def test_weights_by_name_and_region():
    head = build(keypoint_weights=dict(ears=2.0, left_ear=3.0, lip=0))
    assert head.keypoint_weights.tolist() == [2, 3, 1, 0]
    assert build().keypoint_weights.tolist() == [1, 1, 1, 1]


def test_weights_enter_the_loss():
    options = dict(network=dict(type='affine'), loss=dict(type='MSEPointLoss'))
    data = pair_arrays(10, noise=5.0)
    plain = build(**options).loss(data['inputs'], data['data_samples'])['loss_kpt']
    names = dict.fromkeys(TARGET.keypoints, 0.0)
    parts = [
        build(**options, keypoint_weights=dict(names, **{name: 1.0})).loss(
            data['inputs'], data['data_samples']
        )['loss_kpt']
        for name in TARGET.keypoints
    ]
    torch.testing.assert_close(sum(parts), plain)


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(keypoint_weights=dict(left_ea=2.0)), r"'left_ea' \(did you mean 'left_ear'\?\)"),
        (dict(keypoint_weights=dict(lip=-1.0)), "'lip' weighs -1.0, expected a number"),
        (dict(keypoint_weights=dict(lip=float('nan'))), "'lip' weighs nan"),
        (dict(keypoint_weights=dict(lip='2')), "'lip' weighs '2'"),
        (dict(loss=STUDENT, uncertainty=False), 'StudentTPointLoss, which needs an uncertainty'),
        (dict(uncertainty=True), 'CauchyPointLoss, which cannot train an uncertainty'),
    ],
)
def test_what_makes_no_sense_is_named(options, message):
    with pytest.raises(LandmarkError, match=message):
        build(**options)
