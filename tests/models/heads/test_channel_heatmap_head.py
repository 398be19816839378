"""One map per channel: where points come out, what the loss counts, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.geometry.affine import compose_affine, scale_affine, shift_affine  # noqa: E402
from mmlandmark.geometry.channel_targets import render_channel_maps  # noqa: E402
from models.heads.channel_batches import (  # noqa: E402
    CHANNELS,
    build,
    channel_sample,
    random_samples,
    transparent,
)

POINTS = [[8.3, 9.1], [40.5, 22.25], [0.5, 0.5], [46.6, 60.5], [20.0, 45.0], [44.2, 8.8]]
IDS = [0, 0, 0, 0, 1, 1]
LOSSES = ['ChannelBCELoss', 'ChannelFocalLoss', 'ChannelMSELoss']


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def rendered(sample, stride: int, size: tuple[int, int], sigma: float = 2.0) -> torch.Tensor:
    """Maps (1, 2, h, w) of a sample, as perfect features."""
    labels = sample.gt_instances
    return render_channel_maps(
        labels.points, labels.channels, (1, 2, *size), sigma / stride, stride
    )


def in_order(points: np.ndarray, channels: np.ndarray) -> np.ndarray:
    return points[np.lexsort((points[:, 1], points[:, 0], channels))]


@pytest.mark.parametrize(
    ('stride', 'resolution', 'tolerance'),
    # enlarged maps have their maxima at the centres of the cells that they are enlarged from
    [(1, 1, 1e-3), (2, 0.5, 1e-3), (4, 0.25, 1e-2), (1, 0.25, 1e-2), (2, 1, 1.01), (4, 1, 2.01)],
)
def test_points_come_out_where_they_went_in(stride, resolution, tolerance):
    """Whatever the stride of the features and of the maps: there is no offset in any of them."""
    rng = np.random.default_rng(0)
    cells = np.stack(np.meshgrid(np.arange(20, 400, 40), np.arange(20, 320, 40)), -1)
    points = np.float32(cells.reshape(-1, 2) + rng.uniform(-8, 8, (80, 2)))
    sample = channel_sample((320, 400), points.tolist(), [0, 1] * 40)
    feats = rendered(
        sample, stride, (320 // stride, 400 // stride), 1.5 * max(stride, 1 / resolution)
    )
    options = dict(peaks=dict(threshold=0.3, top_k=None))
    (found,) = transparent(resolution).predict((feats,), [sample], options)
    assert (found.channels == 1).sum() == (found.channels == 0).sum() == 40
    nearest = np.linalg.norm(found.points[:, None] - points, axis=-1).argmin(1)
    assert (found.channels == nearest % 2).all() and len(set(nearest)) == 80
    error = found.points - points[nearest]
    assert np.abs(error).max() < tolerance and np.abs(error.mean(0)).max() < tolerance / 5


def test_predictions_are_those_of_the_picture_sorted_and_on_the_cpu():
    sample = channel_sample((64, 48), POINTS, IDS)
    sample.set_metainfo(dict(to_picture=compose_affine(shift_affine(100, -7), scale_affine(2, 3))))
    feats = rendered(sample, 1, (64, 48)) * torch.linspace(0.5, 1, 48)
    (found,) = transparent().predict(feats, [sample])
    assert (found.points.dtype, found.scores.dtype) == (np.float32, np.float32)
    assert found.channels.tolist() == IDS
    for channel in (0, 1):
        assert (np.diff(found.scores[found.channels == channel]) < 0).all()
    expected = np.float32(POINTS) * (2, 3) + (100, -7)
    got, wanted = in_order(found.points, found.channels), in_order(expected, np.array(IDS))
    np.testing.assert_allclose(got, wanted, atol=0.2)


def test_a_score_is_the_value_of_the_map_which_is_given_where_asked_for():
    head = build(prior=0.3)
    samples = random_samples([(32, 32), (20, 26)], [3, 0])
    feats = noise(2, 8, 32, 32)
    options = dict(output_heatmaps=True, peaks=dict(refine=False, threshold=0.3, top_k=None))
    found, fields = head.predict(feats, samples, options)
    assert [tuple(field.heatmaps.shape) for field in fields] == [(2, 32, 32), (2, 20, 26)]
    for one, field in zip(found, fields, strict=True):
        assert len(one.points) > 10
        column, row = one.points.astype(int).T
        torch.testing.assert_close(
            torch.from_numpy(one.scores), field.heatmaps[one.channels, row, column]
        )


def test_no_peaks_are_empty_arrays_of_the_right_form():
    (found,) = build().predict(torch.zeros(1, 8, 16, 16), [channel_sample((16, 16), [], [])])
    assert found.points.shape == (0, 2) and found.scores.shape == found.channels.shape == (0,)


def test_peaks_have_options_of_the_head_and_of_the_test():
    sample = channel_sample((64, 48), POINTS, IDS)
    feats = rendered(sample, 1, (64, 48)) * torch.tensor([0.4, 0.9])[:, None, None]
    head = transparent(peaks=dict(threshold=dict(flap=0.3, corner=0.5)))
    assert head.predict(feats, [sample])[0].channels.tolist() == [1, 1]
    lower = dict(peaks=dict(threshold=0.2, top_k=1))
    assert head.predict(feats, [sample], lower)[0].channels.tolist() == [0, 1]
    with pytest.raises(LandmarkError, match="ChannelHeatmapHead: unknown option 'treshold'"):
        head.predict(feats, [sample], dict(peaks=dict(treshold=0.2)))


def test_padding_of_a_batch_has_no_peaks():
    samples = random_samples([(20, 26), (32, 32)], [0, 0])
    feats = torch.zeros(2, 2, 32, 32)
    feats[:, 0, 19, 25], feats[:, 1, 20, 10], feats[:, 1, 10, 26] = 0.9, 0.8, 0.7
    one, two = transparent().predict(feats, samples)
    assert one.points.tolist() == [[25.5, 19.5]] and one.channels.tolist() == [0]
    assert len(two.points) == 3


def test_the_last_cell_of_a_picture_does_not_lead_out_of_it():
    sample = channel_sample((61, 47), [], [], padded=(64, 48))
    feats = torch.zeros(1, 2, 16, 12)
    feats[0, :, 15, 11] = 1.0
    (found,) = transparent(0.25).predict(feats, [sample])
    assert found.points.tolist() == [[46.0, 61.0]] * 2


@pytest.mark.parametrize('kind', LOSSES)
def test_the_loss_is_that_of_the_cells_inside_the_pictures(kind):
    """A batch of two sizes is its two pictures, each by its cells or keypoints."""
    sizes, counts = [(20, 26), (32, 32)], [4, 7]
    samples = random_samples(sizes, counts)
    head, feats = build(loss=dict(type=kind), sigma=dict(corner=1.5, flap=2.5)), noise(2, 8, 32, 32)
    feats[0, :, 20:], feats[0, :, :, 26:] = math.inf, math.nan
    feats.requires_grad_()
    joint = head.loss((feats,), samples)
    assert sorted(joint) == ['excess/corner', 'excess/flap', 'loss']
    alone, weights = [], []
    for sample, (height, width), image, count in zip(samples, sizes, feats, counts, strict=True):
        sample = sample.clone()
        sample.set_metainfo(dict(batch_input_shape=(height, width)))
        alone.append(head.loss((image[None, :, :height, :width].detach(),), [sample]))
        weights.append(count if kind == 'ChannelFocalLoss' else height * width)
    for key, value in joint.items():
        expected = sum(w * one[key] for w, one in zip(weights, alone, strict=True)) / sum(weights)
        torch.testing.assert_close(value, expected)
    joint['loss'].backward()
    assert not feats.grad[0, :, 20:].any() and not feats.grad[0, :, :, 26:].any()


@pytest.mark.parametrize('kind', LOSSES[:1] + LOSSES[2:])
def test_perfect_maps_have_no_excess(kind):
    head = transparent()
    sample = channel_sample((64, 48), POINTS, IDS)
    targets = head.targets([sample], (64, 48))
    torch.testing.assert_close(targets, rendered(sample, 1, (64, 48)))
    if kind == 'ChannelBCELoss':
        head.loss_module = build().loss_module
        targets = torch.logit(targets.double()).clamp(-60, 60).float()
    losses = head.loss(targets, [sample])
    assert all(abs(value.item()) < 1e-6 for value in losses.values())
    off = head.loss(targets.roll(1, -1), [sample])
    assert all(value.item() > 1e-3 for value in off.values())


def test_excess_has_a_value_for_each_channel_and_no_gradient():
    head = build()
    # corners everywhere, flaps nowhere: the untrained head is nearly right for flaps
    rng = np.random.default_rng(0)
    sample = channel_sample((32, 32), rng.uniform(0, 32, (60, 2)).tolist(), [0] * 60)
    losses = head.loss(noise(1, 8, 32, 32), [sample])
    assert losses['excess/corner'] > 10 * losses['excess/flap'] > 0
    mean = (losses['excess/corner'] + losses['excess/flap']) / 2
    torch.testing.assert_close(losses['loss'].detach(), mean)
    assert losses['loss'].requires_grad and not losses['excess/corner'].requires_grad


@pytest.mark.parametrize('kind', LOSSES)
def test_an_untrained_head_gives_the_prior_nearly_everywhere(kind):
    head = build(in_channels=64, prior=0.02, loss=dict(type=kind))
    shape = (64, 64)
    scores = head.loss_module.score(head(noise(1, 64, *shape), shape))
    assert abs(scores.mean() - 0.02) < 0.005 and scores.max() < 0.4
    with torch.no_grad():
        assert head.loss(noise(1, 64, *shape), random_samples([shape], [0]))['loss'] < 0.05 * (
            64 * 64 * 2 if kind == 'ChannelFocalLoss' else 1  # without a keypoint: as if one
        )


def test_channels_of_a_sample_are_known_by_name():
    feats = noise(1, 8, 32, 32)
    points = [[3.0, 4.0], [9.0, 9.0], [20.0, 5.0]]
    one = channel_sample((32, 32), points, [0, 0, 1])
    two = channel_sample((32, 32), points, [1, 1, 0], names=CHANNELS[::-1])
    head = build()
    for key, value in head.loss(feats, [one]).items():
        assert torch.equal(value, head.loss(feats, [two])[key])


def test_predictions_are_of_the_channels_that_the_sample_names():
    """As its labels are, so that a metric compares corners with corners."""
    one = channel_sample((64, 48), POINTS, IDS)
    two = channel_sample((64, 48), POINTS, [1 - c for c in IDS], names=CHANNELS[::-1], index=1)
    feats = rendered(one, 1, (64, 48)) * torch.linspace(0.5, 1, 48)
    first, second = transparent().predict(feats.repeat(2, 1, 1, 1), [one, two])
    assert first.channels.tolist() == IDS and second.channels.tolist() == [0] * 2 + [1] * 4
    for channel in (0, 1):
        mine, its = first.channels == channel, second.channels == 1 - channel
        np.testing.assert_array_equal(first.points[mine], second.points[its])
        np.testing.assert_array_equal(first.scores[mine], second.scores[its])
    other = channel_sample((64, 48), POINTS, IDS, names=('corner', 'edge'), index=7)
    with pytest.raises(LandmarkError, match='sample 7 .* has the channels corner, edge, the head'):
        transparent().predict(feats, [other])


def test_three_channels_in_another_order():
    """A cycle, whose inverse is not itself."""
    names = ('a', 'b', 'c')
    points = [[5.5, 5.5], [15.5, 5.5], [25.5, 5.5]]
    sample = channel_sample((16, 32), points, [2, 0, 1], names=('b', 'c', 'a'))
    head = build(in_channels=3, channels=names, loss=dict(type='ChannelMSELoss')).eval()
    with torch.no_grad():
        head.layers.final.weight.copy_(torch.eye(3)[:, :, None, None])
        head.layers.final.bias.zero_()
    feats = head.targets([sample], (16, 32))
    assert feats[0, :, 5, 5].tolist() == pytest.approx([1, 0, 0], abs=1e-4)
    (found,) = head.predict(feats, [sample])
    assert found.channels.tolist() == [0, 1, 2]
    np.testing.assert_allclose(found.points, [points[1], points[2], points[0]], atol=1e-3)


def test_a_mirror_image_swaps_channels_and_is_averaged():
    head = transparent(0.5, flip_channels=[('corner', 'flap')])
    sample = channel_sample((64, 48), POINTS, IDS)
    plain = rendered(sample, 2, (32, 24), 4.0)
    mirrored = plain.flip(-1)[:, [1, 0]]
    (found,) = head.predict(plain, [sample])
    (both,) = head.predict([(plain,), (mirrored,)], [sample], dict(flip_test=True))
    np.testing.assert_allclose(both.points, found.points, atol=1e-4)
    assert both.channels.tolist() == IDS
    (half,) = head.predict([plain, 0 * mirrored], [sample], dict(flip_test=True))
    np.testing.assert_allclose(half.scores, found.scores / 2, rtol=1e-5)
    odd = channel_sample((64, 47), [], [])
    head.layers.in_stride = 2
    with pytest.raises(LandmarkError, match='flip_test with inputs 47 wide .*multiple of 2'):
        head.predict([plain, mirrored], [odd], dict(flip_test=True))


def test_channels_that_the_data_swap_are_swapped_by_the_head_too():
    """Or the flip test would average the maps of two channels."""
    sample = channel_sample((32, 32), [], [])
    sample.set_metainfo(dict(flip_channels=(('flap', 'corner'),)))
    feats, options = [torch.zeros(1, 2, 32, 32)] * 2, dict(flip_test=True)
    transparent(flip_channels=[('corner', 'flap')]).predict(feats, [sample], options)
    transparent().predict(feats[0], [sample])
    with pytest.raises(LandmarkError, match="'flap' and 'corner' swap in a mirror image; expected"):
        transparent().predict(feats, [sample], options)


@pytest.mark.parametrize('padded', [None, (40, 40)])
def test_keypoints_on_a_far_edge_are_learnt_as_their_mirror_images_are(padded):
    """Of CenterNet's loss a keypoint without a cell would be background."""
    head = build(in_channels=2, loss=dict(type='ChannelFocalLoss'))
    feats = torch.zeros(1, 2, *(padded or (32, 24)))
    near = channel_sample((32, 24), [[0.0, 0.0]], [1], padded)
    far = channel_sample((32, 24), [[24.0, 32.0]], [1], padded)
    one, two = (head.loss(feats, [sample]) for sample in (near, far))
    for key, value in one.items():
        torch.testing.assert_close(two[key], value)


def test_deconvolutions_double_features_and_one_of_several_maps_is_taken():
    head = build(in_channels=8, deconv_channels=(6, 4), in_index=1, resolution=0.5)
    feats = (noise(2, 3, 99, 99), noise(2, 8, 4, 6), noise(2, 5, 1, 1))
    assert head(feats, (64, 96)).shape == (2, 2, 32, 48)
    # strides of 16 become 4, then 2 by enlarging
    assert head.layers.final.in_channels == 4


def test_half_precision_trains_and_gives_float32():
    head, samples = build(deconv_channels=(8,)), random_samples([(32, 32)] * 2, [3, 0])
    with torch.autocast('cpu', dtype=torch.bfloat16):
        losses = head.loss(noise(2, 8, 16, 16), samples)
        assert head(noise(2, 8, 16, 16), (32, 32)).dtype == torch.float32
        (found, _) = head.predict(noise(2, 8, 16, 16), samples, dict(peaks=dict(threshold=0.0)))
    assert all(value.dtype == torch.float32 for value in losses.values())
    losses['loss'].backward()
    assert all(p.grad.isfinite().all() and p.grad.any() for p in head.parameters())
    assert len(found.points)


def test_training_reaches_zero_for_what_can_be_learnt():
    """Feature maps of one channel that say where points are: a few numbers to find."""
    samples = random_samples([(24, 24)] * 4, [0, 2, 5, 9])
    head = build(in_channels=2)
    with torch.no_grad():
        feats = torch.logit(head.targets(samples, (24, 24)).double()).clamp(-12, 12).float()
    feats = feats[:, [1, 0]] / 4
    optimizer = torch.optim.Adam(head.parameters(), lr=0.3)
    first = head.loss(feats, samples)['loss'].item()
    for _ in range(200):
        optimizer.zero_grad()
        losses = head.loss(feats, samples)
        losses['loss'].backward()
        optimizer.step()
    assert first > 0.03 and all(value.item() < 1e-4 for value in losses.values())


def test_a_checkpoint_of_other_channels_or_scores_is_refused():
    head = build()
    build().load_state_dict(head.state_dict())
    for options, words in (
        (dict(channels=CHANNELS[::-1]), 'its channels are corner, flap'),
        (dict(channels=('corner', 'edge')), 'does not fit the channels corner, edge'),
        (dict(loss=dict(type='ChannelMSELoss')), 'trained with another loss'),
        (dict(in_channels=4), 'features and deconvolutions are 8 wide, here 4'),
        (dict(deconv_channels=(8,)), 'are 8 wide, here 8, 8'),
    ):
        with pytest.raises(LandmarkError, match=words):
            build(**options).load_state_dict(head.state_dict())
    build(loss=dict(type='ChannelFocalLoss'), resolution=0.5).load_state_dict(head.state_dict())
    plain = {k: v for k, v in head.state_dict().items() if 'record' not in k}
    with pytest.raises(LandmarkError, match='layers.final.weight is 2x8x1x1.* 3x8x1x1'):
        build(channels=('a', 'b', 'c')).load_state_dict(plain, strict=False)


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        (dict(channels=()), 'expected names'),
        (dict(sigma=0), 'sigma is 0, expected more than 0'),
        (dict(sigma=dict(corner=1)), "sigma: channel 'flap' is missing"),
        (dict(resolution=2), 'resolution is 2'),
        (dict(peaks=dict(topk=3)), "'topk' of peaks.*did you mean 'top_k'"),
        (dict(loss=dict(type='KeypointMSELoss')), 'the loss is KeypointMSELoss; expected Channel'),
        (dict(prior=0.0), 'prior is 0.0'),
        (dict(flip_channels=[('corner', 'flaps')]), "flip_channels names 'flaps'"),
    ],
)
def test_options_that_are_refused(options, words):
    with pytest.raises(LandmarkError, match=f'^ChannelHeatmapHead: .*{words}'):
        build(**options)


def broken(change: str):
    sample = channel_sample((32, 32), [[1.0, 2.0]], [0], index=7)
    if change == 'channels':
        return channel_sample((32, 32), [[1.0, 2.0]], [0], index=7, names=('corner', 'edge'))
    if change == 'gt_instances':
        del sample.gt_instances
    else:
        delattr(sample, change)
    return sample


@pytest.mark.parametrize(
    ('change', 'words'),
    [
        ('gt_instances', 'has no labels'),
        ('img_shape', 'has no img_shape; expected PackChannelInputs'),
        ('channel_names', 'has no channel_names'),
        ('channels', 'has the channels corner, edge, the head corner, flap'),
    ],
)
def test_samples_that_do_not_fit_are_named(change, words):
    with pytest.raises(LandmarkError, match=rf'sample 7 \(7.png\) {words}'):
        build().loss(noise(1, 8, 32, 32), [broken(change)])


def test_features_that_do_not_fit_are_told():
    sample = channel_sample((32, 32), [], [])
    with pytest.raises(LandmarkError, match='in_index is 2, and there are 1 feature maps'):
        build(in_index=2).loss((noise(1, 8, 32, 32),), [sample])
    with pytest.raises(LandmarkError, match='features have 5 channels, expected in_channels=8'):
        build().loss(noise(1, 5, 32, 32), [sample])
    with pytest.raises(LandmarkError, match='input of 32x32 are 11x11'):
        build().loss(noise(1, 8, 11, 11), [sample])
    with pytest.raises(LandmarkError, match='features of stride 1, doubled 1 times'):
        build(deconv_channels=(4,)).loss(noise(1, 8, 32, 32), [sample])
