"""Augmentations: source, target, box and axes change together, unlabelled points never."""

from __future__ import annotations

import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmpose.registry import MODELS  # noqa: E402
from pair_batches import NETWORKS, OPTIONS, SOURCE, TARGET, pair_arrays  # noqa: E402

from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.models.converters import KeypointConverter  # noqa: E402
from mmlandmark.models.data_preprocessors.augmentations import PairBatch  # noqa: E402

FLIPS = [torch.as_tensor(s.flip_indices) for s in (SOURCE, TARGET)]
ALL = [
    dict(type='RandomKeypointFlip', prob=0.5),
    dict(type='RandomSimilarity', rotation=40.0, scale=0.3, translation=0.5),
    dict(type='KeypointNoise', std=0.05),
    dict(type='DropKeypoints', prob=0.8),
]


def augmented(config: dict, batch: PairBatch, seed: int = 0) -> PairBatch:
    torch.manual_seed(seed)
    MODELS.build(dict(config, flips=FLIPS))(batch)
    return batch


def fresh(num: int = 40, hidden: float = 0.2) -> PairBatch:
    data = pair_arrays(num, hidden=hidden)
    for side in data.values():  # as files hold them: anything may stand at unlabelled points
        side['keypoints'][side['keypoints_visible'] == 0] = torch.nan
    return PairBatch.from_data(data)


def both(batch: PairBatch) -> tuple[torch.Tensor, torch.Tensor]:
    """All points of both sides, and which of them are labelled."""
    points = torch.cat([batch.source, batch.target], dim=1)
    return points, torch.cat([batch.source_visible, batch.target_visible], dim=1) > 0


def close(one: torch.Tensor, two: torch.Tensor, atol: float = 2e-3) -> None:
    torch.testing.assert_close(one, two, atol=atol, rtol=0)


def distances(batch: PairBatch) -> torch.Tensor:
    points, labelled = both(batch)
    # by plain differences: cdist works with float32 squares of far-away points
    away = (points[:, :, None] - points[:, None]).square().sum(-1).sqrt()
    return torch.where(labelled[:, :, None] & labelled[:, None], away, 0.0)


def test_a_batch_starts_as_it_was_given():
    batch = fresh()
    data = pair_arrays(40, hidden=0.2)
    assert torch.equal(batch.source, data['inputs']['keypoints'])
    assert torch.equal(batch.axes, torch.eye(2).expand(40, 2, 2))
    labelled = (batch.source_visible > 0)[..., None]
    count = labelled.sum(1)
    close(batch.center[:, 0], batch.source.sum(1) / count)
    away = torch.where(labelled, batch.source - batch.center, 0.0).square().sum((1, 2))
    close(batch.unit, (away / count[:, 0]).sqrt())


@pytest.mark.parametrize('config', ALL, ids=lambda config: config['type'])
def test_unlabelled_points_stay_zero_and_unlabelled(config):
    before = fresh()
    after = augmented(config, fresh())
    points, labelled = both(after)
    assert torch.isfinite(points).all() and not points[~labelled].any()
    if config['type'] == 'DropKeypoints':
        assert not (labelled & ~both(before)[1]).any()
    elif config['type'] == 'RandomKeypointFlip':
        assert torch.equal(labelled.sum(1), both(before)[1].sum(1))
    else:
        assert torch.equal(labelled, both(before)[1])


@pytest.mark.parametrize('config', ALL, ids=lambda config: config['type'])
def test_the_batch_that_came_in_is_left_alone(config):
    data = pair_arrays(20)
    copies = {part: {k: v.clone() for k, v in side.items()} for part, side in data.items()}
    batch = PairBatch.from_data(data)
    augmented(config, batch)
    batch.to_data(data)
    for part, side in data.items():
        assert all(torch.equal(value, copies[part][key]) for key, value in side.items())


def test_two_flips_are_none():
    batch, start = fresh(), fresh()
    for _ in range(2):
        augmented(dict(type='RandomKeypointFlip', prob=1.0), batch)
    for name in ('source', 'target', 'boxes', 'axes', 'center', 'unit'):
        close(getattr(batch, name), getattr(start, name))
    assert torch.equal(batch.source_visible, start.source_visible)
    assert torch.equal(batch.target_visible, start.target_visible)


def test_a_flip_mirrors_source_target_box_and_axes_alike():
    before, after = fresh(), augmented(dict(type='RandomKeypointFlip', prob=1.0), fresh())
    middle = 2 * before.center[:, 0, 0, None]
    for side, flip in zip(('source', 'target'), FLIPS, strict=True):
        old, new = getattr(before, side), getattr(after, side)
        seen = getattr(before, f'{side}_visible')
        assert torch.equal(getattr(after, f'{side}_visible'), seen[:, flip])
        labelled = seen[:, flip] > 0
        close((new[..., 0] + old[:, flip, 0])[labelled], middle.expand(-1, len(flip))[labelled])
        assert torch.equal(new[..., 1], old[:, flip, 1])
    x1, y1, x2, y2 = before.boxes.unbind(1)
    close(after.boxes, torch.stack([middle[:, 0] - x2, y1, middle[:, 0] - x1, y2], dim=1))
    assert torch.equal(after.axes, torch.tensor([[-1.0, 0], [0, 1]]).expand(40, 2, 2))
    close(after.center, before.center)


def test_the_share_of_flips_is_the_probability():
    batch = augmented(dict(type='RandomKeypointFlip', prob=0.25), fresh(2000))
    assert 0.2 < float((torch.linalg.det(batch.axes) < 0).float().mean()) < 0.3
    untouched = augmented(dict(type='RandomKeypointFlip', prob=0.0), fresh())
    assert torch.equal(untouched.source, fresh().source)


def test_a_similarity_keeps_the_shape_of_source_and_target_together():
    before, after = fresh(), augmented(ALL[1], fresh())
    old, new = distances(before), distances(after)
    factor = new.sum((1, 2)) / old.sum((1, 2))
    assert float(factor.std()) > 0.1
    close(new, old * factor[:, None, None], atol=1e-2)
    close(after.unit, before.unit * factor)
    assert float((after.center - before.center).abs().max()) > 10
    # the axes turned as the points did, and are as long as a pixel became
    inverse = torch.linalg.inv(after.axes)
    back = (after.source - after.center) @ inverse.transpose(1, 2) + before.center
    labelled = before.source_visible > 0
    close(back[labelled], before.source[labelled], atol=1e-2)
    close(torch.linalg.det(after.axes), factor.square(), atol=1e-3)


def test_the_box_is_that_of_the_moved_corners():
    before, after = fresh(), augmented(ALL[1], fresh())
    x1, y1, x2, y2 = before.boxes.unbind(1)
    corners = torch.stack([x1, y1, x1, y2, x2, y1, x2, y2], dim=1).view(-1, 4, 2)
    moved = (corners - before.center) @ after.axes.transpose(1, 2) + after.center
    close(after.boxes, torch.cat([moved.amin(1), moved.amax(1)], dim=1), atol=1e-2)


def test_noise_moves_labelled_source_points_alone():
    before, after = fresh(400), augmented(ALL[2], fresh(400))
    assert torch.equal(after.target, before.target)
    labelled = before.source_visible > 0
    step = ((after.source - before.source) / before.unit[:, None, None])[labelled]
    assert float(step.std()) == pytest.approx(0.05, rel=0.1)
    assert not (after.source - before.source)[~labelled].any()


@pytest.mark.parametrize('min_points', [1, 3, 5])
def test_dropping_takes_labelled_points_and_leaves_enough(min_points):
    config = dict(type='DropKeypoints', prob=1.0, max_share=1.0, min_points=min_points)
    before, after = fresh(500), augmented(config, fresh(500))
    had, has = ((b.source_visible > 0).sum(1) for b in (before, after))
    assert (has >= had.clamp(max=min_points)).all()
    assert int(has.min()) == min(min_points, int(had.min()))
    assert ((has < had) | (had <= min_points)).all()
    kept = after.source_visible > 0
    assert torch.equal(after.source[kept], before.source[kept])
    assert torch.equal(after.target, before.target) and torch.equal(after.unit, before.unit)


def test_no_more_than_the_share_is_dropped_and_every_point_in_turn():
    config = dict(type='DropKeypoints', prob=0.5, max_share=0.5, min_points=1)
    after = augmented(config, fresh(2000, hidden=0.0))
    lost = (after.source_visible == 0).float()
    assert int(lost.sum(1).max()) == 3
    assert 0.45 < float((lost.sum(1) > 0).float().mean()) < 0.55
    share = lost.mean(0)
    assert float(share.min()) > 0.8 * float(share.max())


@pytest.mark.parametrize('name', ['affine', 'residual', 'mlp'])
@pytest.mark.parametrize('config', ALL[:2], ids=lambda config: config['type'])
def test_the_offset_stays_along_the_axes_of_the_picture(name, config):
    """An augmented instance gets the moved prediction plus the offset as it was in the picture."""
    torch.manual_seed(0)
    converter = KeypointConverter(
        **OPTIONS, network={'type': name, **NETWORKS[name]}, image_offset=True
    )
    data = pair_arrays(60, noise=1.0)
    inputs, samples = data['inputs'], data['data_samples']
    converter.fit(
        inputs['keypoints'],
        inputs['keypoints_visible'],
        samples['keypoints'],
        samples['keypoints_visible'],
    )
    torch.nn.init.normal_(converter.offset, std=0.3)
    torch.nn.init.normal_(converter.affine_offset, std=0.3)
    converter.eval()
    with torch.no_grad():
        with_shift = converter(inputs['keypoints'], inputs['keypoints_visible']).points
        after = augmented(config, PairBatch.from_data(data))
        moved = converter(after.source, after.source_visible, axes=after.axes).points
        converter.offset.zero_()
        converter.affine_offset.zero_()
        bare = converter(inputs['keypoints'], inputs['keypoints_visible']).points
        bare_moved = converter(after.source, after.source_visible).points
    # what the offset adds, seen in the original picture, is the same before and after
    added = torch.linalg.solve(after.axes, (moved - bare_moved).transpose(1, 2)).transpose(1, 2)
    close(added, with_shift - bare, atol=5e-3)
    assert float((with_shift - bare).abs().max()) > 1


@pytest.mark.parametrize(
    ('config', 'message'),
    [
        (dict(type='RandomKeypointFlip', prob=1.5), 'RandomKeypointFlip: prob is 1.5'),
        (dict(type='DropKeypoints', max_share=-1), 'DropKeypoints: max_share is -1'),
    ],
)
def test_shares_are_checked(config, message):
    with pytest.raises(LandmarkError, match=message):
        MODELS.build(dict(config, flips=FLIPS))
