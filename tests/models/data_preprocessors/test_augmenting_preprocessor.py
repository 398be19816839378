"""Augmented batches are what MMPose's pipeline gives for the same random numbers."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.logging import MessageHub  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402

from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.models.data_preprocessors import (  # noqa: E402
    augmenting_preprocessor,
    random_numbers,
)
from models.data_preprocessors.crop_batches import (  # noqa: E402
    AFFINE,
    LABELS,
    build,
    crop_batch,
    samples_of,
    stock,
    stock_batch,
)
from models.heads.decoder_batches import KINDS, build_head  # noqa: E402
from models.heads.union_batches import HEADS  # noqa: E402
from models.heads.union_batches import build as build_union  # noqa: E402
from models.waits import Waits  # noqa: E402

NAMES = ['coco', 'mpii', 'mpii', 'coco', 'coco', 'mpii']
COCO = ['coco'] * 5
PIXELS = [
    dict(type='BatchColorJitter', brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1, grey=0.1),
    dict(type='BatchGaussianBlur', prob=0.5),
    dict(type='BatchCoarseDropout'),
]


@pytest.fixture(autouse=True)
def outside_of_a_runner(monkeypatch):
    """Whatever a runner of another test left behind."""
    hub = MessageHub('here')
    monkeypatch.setattr(MessageHub, 'get_current_instance', lambda: hub)
    torch.manual_seed(0)


def changes_of(preprocessor, num: int):
    """The numbers that the next step will draw."""
    numbers = copy.copy(preprocessor.numbers)
    return preprocessor.affine.draw(num, numbers.generator())


def device_head(kind: str):
    """A head that draws targets, the plain one, the codec, and the data sets of a batch."""
    if kind.startswith('union'):
        kind = kind.removeprefix('union ')
        plain, ours = build_union(kind), build_union(kind, targets='device')
        return plain, ours, HEADS[kind]['decoder'], NAMES
    if kind.startswith('decoders'):
        kind = kind.removeprefix('decoders ')
        return (
            build_head(kind),
            build_head(kind, targets='device'),
            KINDS[kind]['decoder'],
            NAMES,
        )
    stock_type = KINDS[kind]['type']
    config = KINDS[kind] | dict(in_channels=4, out_channels=17)
    plain, ours = (MODELS.build(config | dict(type=t)) for t in (stock_type, f'Device{stock_type}'))
    return plain, ours, KINDS[kind]['decoder'], COCO


@pytest.mark.parametrize(
    ('kind', 'udp'),
    [
        ('msra', False),
        ('udp', True),
        ('simcc', False),
        ('union udp', True),
        ('union simcc', True),
        ('decoders msra', False),
        ('decoders simcc', False),
    ],
)
def test_inputs_and_losses_are_those_of_mmpose_with_the_same_numbers(kind, udp):
    plain, ours, codec, names = device_head(kind)
    ours.load_state_dict(plain.state_dict())
    preprocessor = build(affine=AFFINE)
    changes = changes_of(preprocessor, len(names))
    assert 0 < changes.flip.sum() < len(names)
    expected = stock()(stock_batch(names, changes, codec, udp), training=True)
    found = preprocessor(crop_batch(names, udp), training=True)
    assert found['inputs'].shape == expected['inputs'].shape
    apart = (found['inputs'] - expected['inputs']).abs()
    assert float(apart.mean()) < 0.08  # of the standard deviation of a picture, about 1
    assert float((found['inputs'].flip(3) - expected['inputs']).abs().mean()) > 0.5
    channels = 8 if kind.startswith('union') else 4
    features = (torch.randn(len(names), channels, 16, 12),)
    wanted = plain.loss(features, expected['data_samples'])
    given = ours.loss(features, found['data_samples'])
    assert wanted.keys() == given.keys()
    for key, value in wanted.items():
        torch.testing.assert_close(given[key], value, rtol=2e-4, atol=1e-5, check_dtype=False)


def test_points_and_visibility_are_those_of_mmpose():
    preprocessor = build(affine=AFFINE)
    changes = changes_of(preprocessor, len(NAMES))
    expected = stock()(stock_batch(NAMES, changes, LABELS), training=True)['data_samples']
    found = preprocessor(crop_batch(NAMES), training=True)['data_samples']
    for own, theirs in zip(found, expected, strict=True):
        own, theirs = own.gt_instance_labels, theirs.gt_instance_labels
        assert own.keys() == theirs.keys()
        torch.testing.assert_close(own.input_keypoints, theirs.input_keypoints, rtol=0, atol=1e-4)
        for name in ('input_visible', 'keypoint_weights'):
            assert torch.equal(own.get(name), theirs.get(name))


@pytest.mark.parametrize('udp', [False, True])
@pytest.mark.parametrize('options', [{}, dict(margin=0)])
def test_nothing_is_changed_outside_of_training(udp, options):
    expected = stock()(stock_batch(NAMES, None, LABELS, udp))
    found = build(affine=AFFINE, pixels=PIXELS)(crop_batch(NAMES, udp, **options))
    apart = (found['inputs'] - expected['inputs']).abs()
    assert float(apart.max()) < 1.01 / 57  # a step of a byte
    for own, theirs in zip(found['data_samples'], expected['data_samples'], strict=True):
        for name in ('input_keypoints', 'input_visible', 'keypoint_weights'):
            assert torch.equal(
                own.gt_instance_labels.get(name), theirs.gt_instance_labels.get(name)
            )
        assert own.metainfo.keys() == theirs.metainfo.keys()
        for name in ('batch_input_shape', 'pad_shape', 'input_size'):
            assert own.metainfo[name] == theirs.metainfo[name]
        for name in ('input_center', 'input_scale'):
            np.testing.assert_array_equal(own.metainfo[name], theirs.metainfo[name])


@pytest.mark.parametrize('training', [False, True])
def test_a_batch_without_margin_goes_the_way_of_mmpose(training):
    expected = stock()(stock_batch(NAMES, None, LABELS), training)
    found = build(affine=AFFINE, pixels=PIXELS)(stock_batch(NAMES, None, LABELS), training)
    assert torch.equal(found['inputs'], expected['inputs'])


@pytest.mark.parametrize('order', [dict(bgr_to_rgb=True), dict(rgb_to_bgr=True), {}])
def test_pixels_are_changed_as_rgb_whatever_the_model_takes(order, monkeypatch):
    seen, plain = [], dict(bgr_to_rgb=False, mean=None, std=None) | order
    preprocessor = build(pixels=PIXELS[:1], **plain)
    preprocessor.pixels = [lambda inputs, rng: seen.append(inputs) or inputs]
    batch = crop_batch(COCO)
    found = preprocessor(batch, training=True)['inputs']
    stock_order = build(**plain)(crop_batch(COCO))['inputs']
    assert torch.equal(found, stock_order)
    given = torch.stack(batch['inputs'])
    left, top = batch['data_samples'][0].gt_instances.crop_frames[0].margin
    given = given[:, :, top : top + 64, left : left + 48].float()
    expected = given if 'rgb_to_bgr' in order else given.flip(1)  # the loader gives BGR, or RGB
    assert torch.equal(seen[0], expected)


def test_numbers_follow_from_seed_process_and_iteration(monkeypatch):
    hub = MessageHub.get_current_instance()

    def augmented(iteration: int, preprocessor=None) -> torch.Tensor:
        preprocessor = preprocessor or build(affine=AFFINE, pixels=PIXELS)
        hub.update_info('loop_stage', 'train')
        hub.update_info('iter', iteration)
        return preprocessor(crop_batch(COCO), training=True)['inputs']

    first, kept = augmented(3), build(affine=AFFINE, pixels=PIXELS)
    assert not torch.equal(augmented(2, kept), first)
    assert torch.equal(augmented(3, kept), first)  # whatever was drawn before
    state = torch.get_rng_state()
    augmented(3)
    assert torch.equal(torch.get_rng_state(), state)
    monkeypatch.setattr(random_numbers, 'get_rank', lambda: 1)
    assert not torch.equal(augmented(3), first)
    monkeypatch.setattr(random_numbers, 'get_rank', lambda: 0)
    torch.manual_seed(1)
    assert not torch.equal(augmented(3), first)
    hub.pop_info('loop_stage')
    by_hand = build(affine=AFFINE)
    one, two = (by_hand(crop_batch(COCO), training=True)['inputs'] for _ in range(2))
    assert not torch.equal(one, two)


def test_a_step_does_not_wait_for_the_device():
    preprocessor, batch = build(affine=AFFINE, pixels=PIXELS), crop_batch(NAMES)
    with Waits() as waits:
        preprocessor(batch, training=True)
    assert not waits.found
    # a device that has no values to read
    batch, preprocessor = crop_batch(NAMES), preprocessor.to('meta')
    with Waits('meta') as waits:
        found = preprocessor(batch, training=True)
    assert not waits.found
    assert found['inputs'].device.type == 'meta' and found['inputs'].shape == (6, 3, 64, 48)
    assert found['data_samples'][0].gt_instance_labels.input_keypoints.device.type == 'meta'


def test_a_margin_that_is_too_narrow_is_told_once(monkeypatch):
    told = []
    monkeypatch.setattr(augmenting_preprocessor, 'print_log', lambda text, **_: told.append(text))
    preprocessor = build(affine=AFFINE)
    for _ in range(2):
        batch = preprocessor(crop_batch(COCO, margin=0), training=True)
    assert len(told) == 1 and '% of an augmented input lies beyond the margin' in told[0]
    weights = torch.cat([s.gt_instance_labels.keypoint_weights for s in batch['data_samples']])
    points = torch.cat([s.gt_instance_labels.input_keypoints for s in batch['data_samples']])
    visible = torch.cat([s.gt_instance_labels.input_visible for s in batch['data_samples']])
    lost = (visible > 0) & (weights == 0)
    assert 0 < int(lost.sum()) < 0.3 * lost.numel()
    assert ((points[lost] >= -0.5) & (points[lost] < torch.tensor([47.5, 63.5]))).all()
    build(affine=AFFINE)(crop_batch(COCO), training=True)
    assert len(told) == 1


def test_settings_that_do_not_fit_name_what_to_change():
    codec = KINDS['msra']['decoder']
    crop = dict(type='CropWithMargin', input_size=(48, 64), affine=AFFINE)
    rendered = samples_of(COCO, [crop], codec)
    with pytest.raises(LandmarkError, match=r"coco/0.jpg.*encoder=dict\(type='KeypointLabels'\)"):
        build(affine=AFFINE)(rendered, training=True)
    one, two = crop_batch(COCO), crop_batch(COCO, margin=0)
    mixed = {key: [*one[key], *two[key]] for key in one}
    with pytest.raises(LandmarkError, match='different crops: CropFrame.*same CropWithMargin'):
        build(affine=AFFINE)(mixed, training=True)
    odd = crop_batch(COCO)
    odd['inputs'][1] = odd['inputs'][1][:, 1:]
    with pytest.raises(LandmarkError, match='crops of one batch differ in size'):
        build()(odd)
    batch = crop_batch(COCO)
    for sample in batch['data_samples']:
        del sample.flip_indices
    with pytest.raises(LandmarkError, match='has no flip_indices'):
        build(affine=AFFINE)(batch, training=True)
    build(affine=dict(AFFINE, flip_prob=0.0))(batch, training=True)
    with pytest.raises(LandmarkError, match="no option 'rotates' .did you mean 'rotate_"):
        build(affine=dict(rotates=3))
