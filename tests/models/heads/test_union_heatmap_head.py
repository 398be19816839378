"""The loss of a union head: which keypoints count, how much, and what must not reach it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmpose.evaluation.functional import pose_pck_accuracy  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402

from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.schemas import get_schema, get_union  # noqa: E402
from models.heads.union_batches import CODECS, DATASETS, pose_batch  # noqa: E402

UNION = get_union('union21')
MSE = dict(type='KeypointMSELoss', use_target_weight=True)
COMBINED = dict(type='CombinedTargetMSELoss', use_target_weight=True)
LOSSES = [
    ('msra', MSE),
    ('msra', dict(type='AdaptiveWingLoss', use_target_weight=True)),
    ('udp', MSE),
    ('udp_combined', COMBINED),
    ('megvii', MSE),
]
TWENTY = dict(name='twenty', keypoints=[f'point_{i}' for i in range(20)])


def build(codec: str = 'msra', **options: Any) -> torch.nn.Module:
    torch.manual_seed(0)
    settings = dict(union='union21', datasets=DATASETS, loss=MSE) | options
    loss = COMBINED if codec == 'udp_combined' else settings['loss']
    return MODELS.build(
        dict(
            type='UnionHeatmapHead',
            in_channels=8,
            deconv_out_channels=None,
            decoder=CODECS[codec],
            **settings | dict(loss=loss),
        )
    )


def outputs_of(head: torch.nn.Module, batch: int) -> torch.Tensor:
    """Put fixed maps, a leaf, in place of what the head computes."""
    maps = torch.rand(batch, head.out_channels, 16, 12, generator=torch.Generator().manual_seed(1))
    leaf = maps.requires_grad_()
    head.forward = lambda feats: leaf
    return leaf


def total(losses: dict[str, torch.Tensor]) -> torch.Tensor:
    return sum(value for key, value in losses.items() if 'loss' in key)


def union_batch(codec: str, labelled: Any = 1.0) -> list:
    """Samples that are labelled in all channels of union21."""
    return pose_batch(['all'] * 3, CODECS[codec], labelled, schemas=dict(all=UNION.schema))


@pytest.mark.parametrize(('codec', 'loss'), LOSSES)
def test_with_everything_labelled_it_is_the_head_of_mmpose(codec, loss):
    head = build(codec, loss=loss, datasets=dict(all='union'))
    plain = MODELS.build(
        dict(
            type='HeatmapHead',
            in_channels=8,
            out_channels=head.out_channels,
            deconv_out_channels=None,
            loss=loss,
            decoder=CODECS[codec],
        )
    )
    plain.load_state_dict({k: v for k, v in head.state_dict().items() if 'record' not in k})
    feats, batch = (torch.randn(3, 8, 16, 12),), union_batch(codec)
    compute_acc = codec != 'udp_combined'  # MMPose cannot compute it there
    found = head.loss(feats, batch)
    expected = plain.loss(feats, batch, train_cfg=dict(compute_acc=compute_acc))
    torch.testing.assert_close(found['loss_kpt/all'], expected['loss_kpt'], rtol=1e-6, atol=0)
    if compute_acc:
        assert float(found['acc_pose/all']) == pytest.approx(float(expected['acc_pose']), abs=1e-6)
    gradients = [
        torch.autograd.grad(value, list(model.parameters()))
        for value, model in ((found['loss_kpt/all'], head), (expected['loss_kpt'], plain))
    ]
    for mine, theirs in zip(*gradients, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize('order', [(0, 1, 2, 3, 4), (3, 0, 4, 2, 1)])
def test_a_mixed_batch_is_the_mean_over_its_supervised_keypoints(order):
    names, codec = ['coco', 'mpii', 'mpii', 'coco', 'coco'], CODECS['msra']
    head = build(dataset_weights=dict(mpii=2.0))
    maps = outputs_of(head, 5).detach()
    batch = pose_batch(names, codec, 0.6)
    sums, count, accuracy = dict(coco=0.0, mpii=0.0), 0, {}
    for name in DATASETS:
        samples = [i for i, n in enumerate(names) if n == name]
        channels = UNION.channel_indices(DATASETS[name]).tolist()
        pred = np.stack([maps[i, channels].numpy() for i in samples])
        target = np.stack([batch[i].gt_fields.heatmaps.numpy() for i in samples])
        kept = np.concatenate([batch[i].gt_instance_labels.keypoint_weights for i in samples]) > 0
        sums[name] = ((pred - target) ** 2).mean((2, 3))[kept].sum()
        count += kept.sum()
        accuracy[name] = pose_pck_accuracy(pred, target, kept)[1]
    head.forward = lambda feats: maps[list(order)]
    found = head.loss((), [batch[i] for i in order])
    assert float(found['loss_kpt/coco']) == pytest.approx(sums['coco'] / count, rel=1e-5)
    assert float(found['loss_kpt/mpii']) == pytest.approx(2 * sums['mpii'] / count, rel=1e-5)
    for name in DATASETS:
        assert float(found[f'acc_pose/{name}']) == pytest.approx(accuracy[name], abs=1e-6)


def test_five_labelled_of_twenty_weigh_per_point_what_twenty_do():
    union, codec = dict(members=[TWENTY]), CODECS['msra']
    few, all_ = (pose_batch(['d'], codec, {0: range(n)}, schemas=dict(d=TWENTY)) for n in (5, 20))
    blank = torch.zeros(1, 20, 16, 12, requires_grad=True)
    plain = MODELS.build(MSE)
    gradients = {}
    for name, batch in (('few', few), ('all', all_)):
        head = build(union=union, datasets=dict(d='twenty'))
        head.forward = lambda feats: blank
        mine = head.loss((), batch)['loss_kpt/d']
        theirs = plain(
            blank, batch[0].gt_fields.heatmaps[None], batch[0].gt_instance_labels.keypoint_weights
        )
        gradients[name] = [torch.autograd.grad(v, blank)[0][0, :5] for v in (mine, theirs)]
        if name == 'all':
            torch.testing.assert_close(mine, theirs)
        else:  # the defect of MMPose: the mean runs over unlabelled channels as well
            torch.testing.assert_close(mine, 4 * theirs)
    # of the whole gradient each keypoint has a fifth, or a twentieth
    torch.testing.assert_close(gradients['few'][0], 4 * gradients['all'][0])
    torch.testing.assert_close(gradients['few'][1], gradients['all'][1])


@pytest.mark.parametrize(('codec', 'loss'), LOSSES)
def test_gradients_of_unsupervised_channels_are_exactly_zero(codec, loss):
    head = build(codec, loss=loss)
    leaf = outputs_of(head, 4)
    names = ['coco', 'mpii', 'mpii', 'coco']
    batch = pose_batch(names, CODECS[codec], 0.5)
    total(head.loss((), batch)).backward()
    gradient = leaf.grad.unflatten(1, (21, -1)).abs().sum((2, 3, 4))
    expected = torch.zeros(4, 21, dtype=torch.bool)
    for i, (name, sample) in enumerate(zip(names, batch, strict=True)):
        channels = UNION.channel_indices(DATASETS[name]).tolist()
        expected[i, channels] = sample.gt_instance_labels.keypoint_weights[0] > 0
    assert torch.equal(gradient > 0, expected)


def test_an_unlabelled_joint_of_a_data_set_that_labels_it_is_not_trained_to_a_blank_map():
    head = build(absent_weight=0.1)
    leaf = outputs_of(head, 1)
    nose = get_schema('coco17').index('nose')
    batch = pose_batch(['coco'], CODECS['msra'], {0: [i for i in range(17) if i != nose]})
    total(head.loss((), batch)).backward()
    channel = UNION.schema.index('nose')
    assert not leaf.grad[0, channel].any()
    assert leaf.grad[0, UNION.schema.index('left_eye')].any()
    # what published heads do: one mask per data set in place of the instance's own labels
    other = leaf.detach().clone().requires_grad_()
    mask = torch.from_numpy(UNION.labelled('coco17'))[None].float()
    target = torch.zeros(1, 21, 16, 12)
    target[0, UNION.channel_indices('coco17').tolist()] = batch[0].gt_fields.heatmaps
    MODELS.build(MSE)(other, target, mask).backward()
    assert (other.grad[0, channel] > 0).all()  # every pixel is pulled down


def test_absent_channels_are_trained_to_blank_maps_at_their_weight():
    names, codec = ['coco', 'mpii', 'coco'], CODECS['msra']
    batch = pose_batch(names, codec, 0.6)
    plain, head = build(), build(absent_weight=0.25)
    leaf = outputs_of(head, 3)
    plain.forward = head.forward
    count = sum((s.gt_instance_labels.keypoint_weights > 0).sum() for s in batch)
    blank = absent = 0
    for i, name in enumerate(names):
        missing = ~UNION.labelled(DATASETS[name])
        blank += (leaf[i, missing] ** 2).mean((1, 2)).sum()
        absent += missing.sum()
    expected = (total(plain.loss((), batch)) * count + 0.25 * blank) / (count + 0.25 * absent)
    found = head.loss((), batch)
    torch.testing.assert_close(total(found), expected)
    assert float(found['acc_pose/coco']) == float(plain.loss((), batch)['acc_pose/coco'])


def test_samples_labelled_in_the_union_beside_samples_of_the_same_data_set():
    own = pose_batch(['mpii'], CODECS['msra'], 0.7)
    filled = pose_batch(['mpii'], CODECS['msra'], 0.7, 1, schemas=dict(mpii=UNION.schema))
    filled[0].set_metainfo(dict(label_schema='union'))
    head = build(absent_weight=0.5)
    leaf = outputs_of(head, 2)
    total(head.loss((), own + filled)).backward()
    supervised = filled[0].gt_instance_labels.keypoint_weights[0] > 0
    assert torch.equal(leaf.grad[1].abs().sum((1, 2)) > 0, supervised)
    assert leaf.grad[0, UNION.schema.index('nose')].any()  # absent from MPII's own labels
    filled[0].set_metainfo(dict(label_schema='mpii61'))
    with pytest.raises(LandmarkError, match=r"sample 0 \(mpii/0.jpg\): .*did you mean 'mpii16'"):
        head.loss((), own + filled)


def test_nan_at_unlabelled_points_reaches_nothing():
    batch, poisoned = (pose_batch(['coco', 'mpii'], CODECS['msra'], 0.5) for _ in range(2))
    for sample in poisoned:
        weights = sample.gt_instance_labels.keypoint_weights
        sample.gt_fields.heatmaps[weights[0] == 0] = torch.nan
        weights[weights == 0] = torch.nan
    head = build(absent_weight=0.5)
    leaf = outputs_of(head, 2)
    results = []
    for samples in (batch, poisoned):
        losses = head.loss((), samples)
        results.append((losses, torch.autograd.grad(total(losses), leaf)[0]))
    (clean, gradient), (found, other) = results
    assert found == clean and torch.equal(gradient, other)


def test_nothing_labelled_is_a_zero_that_reaches_every_parameter():
    head = build()
    batch = pose_batch(['coco', 'mpii'], CODECS['msra'], 0.0)
    losses = head.loss((torch.randn(2, 8, 16, 12),), batch)
    assert set(losses) == {'loss_kpt/coco', 'loss_kpt/mpii'}  # no accuracy of nothing
    total(losses).backward()
    assert float(total(losses).detach()) == 0
    assert all(p.grad is not None and not p.grad.any() for p in head.parameters())
    infinite = torch.full((2, 21, 16, 12), torch.inf, requires_grad=True)
    head.forward = lambda feats: infinite
    total(head.loss((), batch)).backward()
    assert not infinite.grad.any()


def test_every_data_set_is_logged_also_where_the_batch_has_none_of_it():
    losses = build().loss((torch.randn(1, 8, 16, 12),), pose_batch(['mpii'], CODECS['msra']))
    assert set(losses) == {'loss_kpt/coco', 'loss_kpt/mpii', 'acc_pose/mpii'}
    assert float(losses['loss_kpt/coco']) == 0


def test_accuracy_can_be_left_out():
    batch = pose_batch(['mpii'], CODECS['msra'])
    losses = build().loss((torch.randn(1, 8, 16, 12),), batch, dict(compute_acc=False))
    assert set(losses) == {'loss_kpt/coco', 'loss_kpt/mpii'}


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(union='union22'), "there is no union 'union22' .did you mean 'union2"),
        (dict(datasets=dict(coco='coco71')), "data set 'coco': .*did you mean 'coco17'"),
        (dict(datasets={}), 'datasets is empty'),
        (dict(datasets="{'coco': 'coco17'}"), 'expected data set name -> '),
        (dict(datasets=dict(coco=TWENTY)), "data set 'coco': expected the name of a member"),
        (dict(target_schema='mpi16'), "target_schema: .*did you mean 'mpii16'"),
        (dict(dataset_weights=dict(mpi=2)), "dataset_weights has 'mpi'.*did you mean 'mpii'"),
        (dict(dataset_weights=dict(mpii=-1)), "weight of data set 'mpii' is -1"),
        (dict(absent_weight=-0.5), 'absent_weight is -0.5'),
        (dict(out_channels=17), 'out_channels follows from the union'),
        (dict(loss=dict(type='KeypointOHKMMSELoss')), 'UnionHeatmapHead: KeypointOHKMMSELoss'),
    ],
)
def test_settings_that_are_refused(options, message):
    with pytest.raises(LandmarkError, match=message):
        build(**options)


def test_samples_that_are_refused():
    head, feats = build(), (torch.randn(2, 8, 16, 12),)
    foreign = pose_batch(['coco', 'face68'], CODECS['msra'])
    message = r"sample 1 \(face68/1.jpg\) is of the data set 'face68', known are coco, mpii"
    with pytest.raises(LandmarkError, match=message):
        head.loss(feats, foreign)
    short = pose_batch(['coco', 'mpii'], CODECS['msra'], schemas=dict(coco='mpii16', mpii='mpii16'))
    message = r"sample 0 .*weights of shape \(1, 16\), expected \(1, 17\) for schema 'coco17'"
    with pytest.raises(LandmarkError, match=message):
        head.loss(feats, short)


def test_check_datasets():
    head = build()
    assert head.dataset_schemas == {n: get_schema(s) for n, s in DATASETS.items()}
    head.check_datasets(head.dataset_schemas)
    head.check_datasets({'coco': get_schema('coco17')})
    with pytest.raises(
        LandmarkError, match="does not know the data set 'coc' .did you mean 'coco'"
    ):
        head.check_datasets({'coc': get_schema('coco17')})
    message = "data set 'mpii' is labelled in other keypoints than 'mpii16' .*only 'aic14' has"
    with pytest.raises(LandmarkError, match=message):
        head.check_datasets({'mpii': get_schema('aic14')})


def test_channels_follow_from_the_union_and_the_codec():
    assert build().out_channels == 21
    assert build('udp_combined').out_channels == 63
    assert build(union='union33').out_channels == 33
