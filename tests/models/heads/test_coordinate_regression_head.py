"""Coordinates by regression: what is learnt, what is not, and how answers become points."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.registry import DefaultScope  # noqa: E402
from mmengine.runner.checkpoint import load_state_dict  # noqa: E402
from mmengine.structures import InstanceData  # noqa: E402
from mmpose.registry import KEYPOINT_CODECS, MODELS  # noqa: E402
from mmpose.structures import PoseDataSample  # noqa: E402

from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.schemas import get_schema  # noqa: E402

SIZE = (64, 48)
CENTER, SCALE = (300.0, 200.0), (128.0, 192.0)
BETA = 0.02
DATASET = dict(type='LandmarkStandardization', input_size=SIZE, depth='dataset', depth_scale=0.15)
FLAT = dict(type='LandmarkStandardization', input_size=SIZE, depth=None)
PER_SAMPLE = dict(type='LandmarkStandardization', input_size=SIZE, depth='sample')


@pytest.fixture(autouse=True)
def scope():
    with DefaultScope.overwrite_default_scope('mmpose'):
        yield


def build(codec: dict = DATASET, **options) -> torch.nn.Module:
    torch.manual_seed(0)
    cfg = dict(type='CoordinateRegressionHead', in_channels=6, hidden_channels=16, dropout=0.0)
    return MODELS.build({**cfg, 'schema': 'hand21', 'decoder': codec, **options})


def feats(count: int = 2, seed: int = 0) -> tuple[torch.Tensor, ...]:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(count, 3, 4, 4), torch.rand(count, 6, 3, 2, generator=generator)


def truth(count: int = 2) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    points = rng.uniform(-5, 60, (count, 21, 2)).astype(np.float32)
    space = np.concatenate([points * 3, rng.normal(0, 0.1, (count, 21, 1))], axis=-1)
    return points, np.ones((count, 21), dtype=np.float32), space.astype(np.float32)


def samples(codec: dict, points: np.ndarray, visible: np.ndarray, space: np.ndarray) -> list:
    method, batch = KEYPOINT_CODECS.build(codec), []
    for row in range(len(points)):
        at = slice(row, row + 1)
        extra = {} if codec['depth'] is None else dict(keypoints_3d=space[at])
        encoded = method.encode(points[at], visible[at], **extra)
        meta = dict(input_size=SIZE, input_center=np.array(CENTER), input_scale=np.array(SCALE))
        sample = PoseDataSample(metainfo=dict(id=row, img_path=f'{row}.png', **meta))
        sample.gt_instance_labels = InstanceData(
            **{key: torch.from_numpy(np.asarray(value)) for key, value in encoded.items()}
        )
        batch.append(sample)
    return batch


def smooth_l1(error: np.ndarray) -> np.ndarray:
    size = np.abs(error)
    return np.where(size < BETA, size**2 / (2 * BETA), size - BETA / 2)


def test_the_answer_is_pooled_and_goes_through_two_layers() -> None:
    head, maps = build(), feats()
    first, last = head.layers[1], head.layers[4]
    assert first.weight.shape == (16, 6) and last.weight.shape == (63, 16)
    hidden = (maps[-1].mean(dim=(2, 3)) @ first.weight.T + first.bias).clamp(min=0)
    assert torch.allclose(head(maps), (hidden @ last.weight.T + last.bias).view(2, 21, 3))
    assert build(FLAT)(maps).shape == (2, 21, 2)


def test_the_loss_is_that_of_the_labelled_coordinates_over_their_number() -> None:
    points, visible, space = truth()
    visible[0, 3:9] = 0
    points[0, 3:9] = 1e4
    space[1, 10:, 2] = np.nan
    head, maps, batch = build(), feats(), samples(DATASET, points, visible, space)
    # some answers so near to the labels that the loss is quadratic
    near = torch.cat([s.gt_instance_labels.keypoint_labels for s in batch]) + 0.005
    head.forward = lambda feats: near * torch.where(torch.arange(21) % 2 == 0, 1, 1.3)[:, None]
    values, count = [], 0
    answers = head(maps).double().numpy()
    for row in range(2):
        for k in range(21):
            expected = [2 * points[row, k, 0] / 64 - 1, 2 * points[row, k, 1] / 48 - 1]
            expected.append(space[row, k, 2] / 0.15)
            for d in range(3):
                if visible[row, k] and np.isfinite(expected[d]):
                    values.append(float(smooth_l1(answers[row, k, d] - expected[d])))
                    count += 1
    assert count == 2 * 21 * 3 - 6 * 3 - 11
    loss = head.loss(maps, batch)
    assert list(loss) == ['loss_kpt/hand21']
    assert float(loss['loss_kpt/hand21']) == pytest.approx(sum(values) / count, rel=1e-5)
    assert min(values) < BETA / 2 < max(values)


def test_another_loss_is_taken_in_the_same_way() -> None:
    points, visible, space = truth()
    visible[0, :20] = 0
    head = build(loss=dict(type='SmoothL1Loss', use_target_weight=True))
    maps, batch = feats(), samples(DATASET, points, visible, space)
    labels = torch.cat([s.gt_instance_labels.keypoint_labels for s in batch])
    rows = torch.from_numpy(visible) > 0
    expected = torch.nn.functional.smooth_l1_loss(head(maps)[rows], labels[rows])
    assert torch.allclose(head.loss(maps, batch)['loss_kpt/hand21'], expected)


def test_what_is_not_labelled_has_no_gradient() -> None:
    points, visible, space = truth(1)
    visible[0, 5] = 0
    space[0, 7, 2] = np.nan
    head = build()
    head.loss(feats(1), samples(DATASET, points, visible, space))['loss_kpt/hand21'].backward()
    for gradient in (head.layers[4].bias.grad, head.layers[4].weight.grad.abs().sum(dim=1)):
        still = gradient.view(21, 3) == 0
        assert still[5].all() and still[7].tolist() == [False, False, True]
        assert int(still.sum()) == 4


def test_a_batch_without_labels_gives_zero_that_reaches_every_weight() -> None:
    points, visible, space = truth()
    head = build()
    loss = head.loss(feats(), samples(DATASET, points, visible * 0, space))['loss_kpt/hand21']
    loss.backward()
    assert loss.item() == 0
    assert all(p.grad is not None and not p.grad.any() for p in head.parameters())


def test_predictions_are_the_exact_inverse_of_the_labels() -> None:
    points, visible, space = truth()
    head, batch = build(), samples(DATASET, points, visible, space)
    head.forward = lambda _: torch.cat([s.gt_instance_labels.keypoint_labels for s in batch])
    for row, found in enumerate(head.predict(feats(), batch)):
        assert found.keypoints.shape == (1, 21, 2) and (found.keypoint_scores == 1).all()
        assert np.allclose(found.keypoints[0], points[row], rtol=0, atol=1e-5)
        # the crop shows 128x192 pixels of the picture around (300, 200) as 64x48
        expected = points[row] * [2, 4] + [300 - 64, 200 - 96]
        assert np.allclose(found.keypoints_3d[0, :, :2], expected, rtol=0, atol=1e-4)
        assert np.allclose(found.keypoints_3d[0, :, 2], space[row, :, 2], rtol=1e-6, atol=0)
        assert found.keypoints_3d.dtype == np.float32
        assert batch[row].pred_schema is head.schema


@pytest.mark.parametrize('codec', [FLAT, PER_SAMPLE], ids=['no z', 'z of unknown scale'])
def test_a_z_that_cannot_be_told_is_not_predicted(codec: dict) -> None:
    batch = samples(codec, *truth())
    found = build(codec).predict(feats(), batch)
    assert all('keypoints_3d' not in one and one.keypoints.shape == (1, 21, 2) for one in found)


def test_low_precision_gives_points_all_the_same() -> None:
    head, maps = build().eval(), feats()
    with torch.autocast('cpu', dtype=torch.bfloat16), torch.no_grad():
        found = head.predict(maps, samples(DATASET, *truth()))
        loss = head.loss(maps, samples(DATASET, *truth()))['loss_kpt/hand21']
    assert found[0].keypoints.dtype == np.float32 and np.isfinite(found[0].keypoints).all()
    assert loss.dtype == torch.float32


@pytest.mark.parametrize('shift', [True, False])
@pytest.mark.parametrize('schema', ['hand21', 'aflw21'])
def test_the_flip_test_averages_points_under_the_names_of_their_partners(schema, shift) -> None:
    """A model that finds the points in the picture and in its mirror image finds their mean."""
    head = build(schema=schema)
    points, visible, space = truth()
    batch = samples(DATASET, points, visible, space)
    labels = torch.cat([s.gt_instance_labels.keypoint_labels for s in batch])
    mirrored = points[:, get_schema(schema).flip_indices].copy()
    mirrored[..., 0] = SIZE[0] - (1 if shift else 0) - mirrored[..., 0]
    other = torch.from_numpy(mirrored) / torch.tensor([32, 24]) - 1
    z = labels[:, get_schema(schema).flip_indices, 2:] + 0.2
    answers = iter([labels, torch.cat([other, z], dim=-1)])
    head.forward = lambda _: next(answers)
    found = head.predict([feats(), feats()], batch, dict(flip_test=True, shift_coords=shift))
    for row in range(2):
        assert np.allclose(found[row].keypoints[0], points[row], rtol=0, atol=1e-4)
        expected = space[row, :, 2] + 0.1 * 0.15
        assert np.allclose(found[row].keypoints_3d[0, :, 2], expected, atol=1e-6)
    swapped = (get_schema(schema).flip_indices != np.arange(21)).any()
    assert swapped == (schema == 'aflw21')


def test_settings_that_do_not_fit_are_refused() -> None:
    with pytest.raises(LandmarkError, match='the codec is RegressionLabel; expected Landmark'):
        build(dict(type='RegressionLabel', input_size=SIZE))
    with pytest.raises(LandmarkError, match='RLELoss has no value of single keypoints'):
        build(loss=dict(type='RLELoss'))
    with pytest.raises(LandmarkError, match="flip_mode is 'heatmap'; expected 'coordinates'"):
        build().test_cfg = dict(flip_mode='heatmap')
    head = build()
    head.check_datasets(dict(ouhands=get_schema('hand21')))
    with pytest.raises(LandmarkError, match="data set 'faces' is labelled in other keypoints"):
        head.check_datasets(dict(faces=get_schema('aflw21')))


def test_samples_without_fitting_labels_are_told() -> None:
    head, batch = build(), samples(FLAT, *truth())
    with pytest.raises(LandmarkError, match=r'sample 0 \(0.png\) has labels .*\(1, 21, 2\), expec'):
        head.loss(feats(), batch)
    del batch[0].gt_instance_labels
    with pytest.raises(LandmarkError, match=r'sample 0 \(0.png\) has no labels of Landmark'):
        head.loss(feats(), batch)


def test_a_checkpoint_knows_its_points_and_its_scale_of_z() -> None:
    state = build().state_dict()
    load_state_dict(build(), state, strict=True)
    other = dict(DATASET, depth_scale=0.3)
    with pytest.raises(LandmarkError, match='its depth_scale is 0.15, here 0.3'):
        load_state_dict(build(other), state)
    with pytest.raises(LandmarkError, match="its depth is 'dataset', here None"):
        load_state_dict(build(FLAT), state)
    with pytest.raises(LandmarkError, match="does not fit the 21 points of schema 'aflw21'"):
        load_state_dict(build(schema='aflw21'), state)
    plain = {k: v for k, v in state.items() if 'schema_record' not in k}
    plain['layers.4.weight'] = plain['layers.4.weight'][:42]
    with pytest.raises(LandmarkError, match=r'layers.4.weight is 42x16'):
        load_state_dict(build(), plain)


def test_a_copy_of_the_head_is_a_head_of_its_own() -> None:
    head = build()
    other = copy.deepcopy(head)
    other.layers[4].bias.data += 1
    assert not torch.equal(head(feats()), other(feats()))
    assert other.state_dict().keys() == head.state_dict().keys()
