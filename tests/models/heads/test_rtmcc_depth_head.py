"""SimCC vectors with a depth: what is learnt, what is not, and how answers become points."""

from __future__ import annotations

import numpy as np
import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.runner.checkpoint import load_state_dict  # noqa: E402
from mmpose.models.heads import RTMCCHead  # noqa: E402

from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.schemas import get_schema  # noqa: E402

from .hand_batches import CODEC, HEADS, PICTURE, SCALE, SIZE, build, feats, samples, truth  # noqa: E402

LOSSES = ['loss_kpt/hand21', 'loss_depth/hand21']


def labels_of(batch: list) -> tuple[torch.Tensor, ...]:
    keys = ('keypoint_x_labels', 'keypoint_y_labels', 'depth_labels')
    return tuple(torch.cat([s.gt_instance_labels[key] for s in batch]) for key in keys)


def test_its_vectors_and_their_loss_are_those_of_mmpose() -> None:
    head, maps, batch = build(), feats(), samples(CODEC, *truth())
    options = {k: v for k, v in HEADS['simcc'].items() if k not in ('type', 'schema', 'decoder')}
    theirs = RTMCCHead(out_channels=21, input_size=SIZE, **options)
    missing, unexpected = theirs.load_state_dict(head.state_dict(), strict=False)
    assert not missing and sorted(unexpected) == [
        'depth_layer.bias',
        'depth_layer.weight',
        'schema_record.packed',
    ]
    x, y, z = head(maps)
    assert z.shape == (2, 21)
    for ours, other in zip((x, y), theirs(maps), strict=True):
        assert torch.equal(ours, other)
    # MMPose sums over the samples and means over the points
    loss = head.loss(maps, batch)
    assert list(loss) == LOSSES
    expected = theirs.loss(maps, batch)['loss_kpt'] / 2
    assert torch.allclose(loss[LOSSES[0]], expected, rtol=1e-5)


def test_each_loss_is_over_what_is_labelled_of_it() -> None:
    points, visible, space = truth()
    visible[0, 3:9] = 0
    points[0, 3:9] = 1e4
    points[1, 0] = (-30, 5)  # outside the input: no vector can show it, its z can be learnt
    space[1, 10:, 2] = np.nan
    head, maps, batch = build(), feats(), samples(CODEC, points, visible, space)
    x, y, z = (part.detach().double() for part in head(maps))
    tx, ty, tz = (part.double() for part in labels_of(batch))
    seen = visible > 0
    seen[1, 0] = False
    kl = sum(
        (t * (t.clamp(min=1e-300).log() - p.log_softmax(-1))).mean(-1)
        for p, t in ((x, tx), (y, ty))
    )
    loss = head.loss(maps, batch)
    assert float(loss[LOSSES[0]]) == pytest.approx(float(kl[torch.from_numpy(seen)].mean()), 1e-5)
    known = torch.from_numpy((visible > 0) & np.isfinite(space[..., 2]))
    assert int(known.sum()) == 15 + 10
    expected = torch.nn.functional.smooth_l1_loss(z[known], tz[known], beta=0.02) * 0.05
    assert float(loss[LOSSES[1]]) == pytest.approx(float(expected), 1e-5)
    # z counts in the unit of x over the input: a width of it is 2
    assert torch.allclose(
        tz[known].float(),
        torch.from_numpy(space[..., 2])[known] * PICTURE[1] / (SCALE[0] / 2),
        rtol=1e-5,
    )


def test_points_without_z_train_x_and_y_alone() -> None:
    points, visible, space = truth()
    head = build()
    for missing in (None, np.full_like(space, np.nan)):
        head.zero_grad()
        loss = head.loss(feats(), samples(CODEC, points, visible, missing))
        sum(loss.values()).backward()
        assert loss[LOSSES[1]].item() == 0 and loss[LOSSES[0]] > 0
        assert not head.depth_layer.weight.grad.any() and head.cls_x.weight.grad.any()


def test_a_batch_without_labels_gives_zero_that_reaches_every_weight() -> None:
    points, visible, space = truth()
    head = build()
    loss = head.loss(feats(), samples(CODEC, points, visible * 0, space))
    sum(loss.values()).backward()
    assert not any(value.item() for value in loss.values())
    assert all(p.grad is not None and not p.grad.any() for p in head.parameters())


@pytest.mark.parametrize('depth', ['input', 'dataset', 'raw'])
def test_predictions_are_the_labels_again(depth: str) -> None:
    points, visible, space = truth()
    codec = dict(CODEC, depth=depth, depth_scale=0.15 if depth == 'dataset' else None)
    head, batch = build(decoder=codec), samples(codec, points, visible, space)
    x, y, z = labels_of(batch)
    # the loss knows vectors up to a constant only, and by its own temperature
    head.loss_module.beta = 10.0
    head.forward = lambda _: ((x + 1e-9).log() / 10 - 7, (y + 1e-9).log() / 10 - 7, z)
    for row, found in enumerate(head.predict(feats(), batch)):
        assert found.keypoints.shape == (1, 21, 2)
        assert np.abs(found.keypoints[0] - points[row]).max() <= 0.25 + 1e-4  # half a step
        expected = found.keypoints[0] * [2, 4] + [300 - 64, 200 - 96]
        assert np.allclose(found.keypoints_3d[0, :, :2], expected, rtol=0, atol=1e-3)
        assert np.allclose(found.keypoints_3d[0, :, 2], space[row, :, 2], rtol=1e-5, atol=1e-7)
        assert np.allclose(found.keypoint_scores, 1, atol=0.05)
        assert found.keypoints_3d.dtype == np.float32
        assert batch[row].pred_schema is head.schema


@pytest.mark.parametrize('shift', [True, False])
@pytest.mark.parametrize('schema', ['hand21', 'aflw21'])
def test_the_flip_test_averages_points_under_the_names_of_their_partners(schema, shift) -> None:
    head = build(schema=schema)
    partners = get_schema(schema).flip_indices
    points, visible, space = truth()
    points = np.round(points)
    mirrored = points[:, partners].copy()
    mirrored[..., 0] = SIZE[0] - (1 if shift else 0) - mirrored[..., 0]
    other_space = space[:, partners].copy()
    other_space[..., 2] += 0.2
    batch = samples(CODEC, points, visible, space)
    answers = iter([labels_of(batch), labels_of(samples(CODEC, mirrored, visible, other_space))])
    head.forward = lambda _: tuple(v if v.ndim == 2 else (v + 1e-9).log() for v in next(answers))
    found = head.predict([feats(), feats()], batch, dict(flip_test=True, shift_coords=shift))
    for row in range(2):
        assert np.allclose(found[row].keypoints[0], points[row], rtol=0, atol=1e-4)
        z = found[row].keypoints_3d[0, :, 2]
        assert np.allclose(z, space[row, :, 2] + 0.1, rtol=0, atol=1e-5)


def test_low_precision_gives_points_all_the_same() -> None:
    head, maps = build().eval(), feats()
    with torch.autocast('cpu', dtype=torch.bfloat16), torch.no_grad():
        found = head.predict(maps, samples(CODEC, *truth()))
        loss = head.loss(maps, samples(CODEC, *truth()))
    assert np.isfinite(found[0].keypoints_3d).all()
    assert all(value.dtype == torch.float32 and value > 0 for value in loss.values())


def test_settings_that_do_not_fit_are_refused() -> None:
    flat = dict(type='SimCCLabel', input_size=SIZE)
    with pytest.raises(LandmarkError, match='codec is SimCCLabel; expected SimCCDepthLabel'):
        build(decoder=flat)
    with pytest.raises(LandmarkError, match='out_channels follows from schema and decoder'):
        build(out_channels=21)
    with pytest.raises(LandmarkError, match='RLELoss has no value of single keypoints'):
        build(depth_loss=dict(type='RLELoss'))
    with pytest.raises(LandmarkError, match="flip_mode is 'heatmap'; expected 'coordinates'"):
        build().test_cfg = dict(flip_mode='heatmap')
    with pytest.raises(LandmarkError, match='feature map is 4x3; expected in_featuremap_size, 8x6'):
        build(in_featuremap_size=(8, 6))(feats())
    with pytest.raises(LandmarkError, match="data set 'faces' is labelled in other keypoints"):
        build().check_datasets(dict(faces=get_schema('aflw21')))
    points, visible, space = truth()
    with pytest.raises(LandmarkError, match=r'sample 0 \(0.png\) has no labels of z; expected a'):
        build().loss(feats(), samples(flat, points, visible, None))


def test_a_checkpoint_knows_its_points_and_its_z() -> None:
    state = build().state_dict()
    load_state_dict(build(), state, strict=True)
    with pytest.raises(LandmarkError, match="its depth is 'input', here 'raw'"):
        load_state_dict(build(decoder=dict(CODEC, depth='raw')), state)
    with pytest.raises(LandmarkError, match=r'its input_size is \[64, 48\], here \[32, 48\]'):
        load_state_dict(build(decoder=dict(CODEC, input_size=(32, 48))), state)
    with pytest.raises(LandmarkError, match='it is of no RTMCCDepthHead'):
        load_state_dict(build(), build('regression').state_dict())
    plain = {k: v for k, v in state.items() if 'schema_record' not in k and 'depth' not in k}
    with pytest.raises(LandmarkError, match='depth_layer.weight is missing'):
        load_state_dict(build(), plain)
