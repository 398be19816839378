"""Changed inputs and keypoints are those that MMPose cuts out of the whole picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
import cv2  # noqa: E402
from mmpose.datasets.transforms import (  # noqa: E402
    GetBBoxCenterScale,
    RandomBBoxTransform,
    RandomFlip,
    TopdownAffine,
)

from mmlandmark.datasets.transforms import CropWithMargin  # noqa: E402
from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.geometry.crop_warp import (  # noqa: E402
    CropFrame,
    change_matrices,
    cut_inputs,
    cut_off,
    move_points,
    uncovered_share,
    warp_crops,
)
from mmlandmark.geometry.random_affine import BoxChanges  # noqa: E402

FLIPS = [1, 0, 2, 3]
SIZES = [((96, 128), False), ((96, 128), True), ((64, 64), True), ((128, 96), False)]
POINTS = 1e-4  # pixels


def smooth_picture(height: int = 200, width: int = 220) -> np.ndarray:
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3)).astype(np.float32)
    blurred = cv2.GaussianBlur(noise, (0, 0), 4)
    return (127 + (blurred - 127) * 8).clip(0, 255).astype(np.uint8)


def results(picture: np.ndarray) -> dict[str, Any]:
    return dict(
        img=picture.copy(),
        img_shape=picture.shape[:2],
        bbox=np.array([[60, 50, 140, 160]], dtype=np.float32),
        keypoints=np.array([[[60, 50], [120, 50], [90, 90], [-9, 140.5]]], dtype=np.float32),
        keypoints_visible=np.ones((1, 4), dtype=np.float32),
        flip_indices=FLIPS,
    )


def run(sample: dict[str, Any], steps: list) -> dict[str, Any]:
    for step in steps:
        sample = step(sample)
    return sample


def one_change(flip: bool, shift=(0.1, -0.12), scale=0.9, rotation=37.0) -> BoxChanges:
    return BoxChanges(np.array([flip]), np.array([shift]), np.array([scale]), np.array([rotation]))


def stock_input(picture: np.ndarray, size: Any, udp: bool, changes: BoxChanges) -> dict[str, Any]:
    """What MMPose's pipeline gives with these numbers."""
    change = RandomBBoxTransform()
    change._get_transform_params = lambda num: (
        changes.shift,
        changes.scale[:, None],
        changes.rotation,
    )
    flip = RandomFlip(prob=float(changes.flip[0]))
    return run(results(picture), [GetBBoxCenterScale(), flip, change, TopdownAffine(size, udp)])


def cropped(picture: np.ndarray, size: Any, udp: bool, **options: Any) -> tuple[Any, torch.Tensor]:
    crop = CropWithMargin(size, udp, **options or dict(affine={}))
    sample = run(results(picture), [GetBBoxCenterScale(), crop])
    return sample, torch.from_numpy(sample['img']).permute(2, 0, 1)[None]


@pytest.mark.parametrize(('size', 'udp'), SIZES)
@pytest.mark.parametrize('flip', [False, True])
def test_changes_are_those_of_mmpose(size, udp, flip):
    picture, changes = smooth_picture(), one_change(flip)
    stock = stock_input(picture, size, udp, changes)
    ours, crops = cropped(picture, size, udp)
    frame = ours['crop_frames'][0]
    matrices = change_matrices(frame, changes, ours['box_shares'])
    points = torch.from_numpy(ours['transformed_keypoints'])
    points = points[:, FLIPS] if flip else points
    moved = move_points(points, torch.from_numpy(matrices)).numpy()
    np.testing.assert_allclose(moved, stock['transformed_keypoints'], rtol=0, atol=POINTS)
    assert moved.dtype == np.float32
    found = warp_crops(crops, frame, matrices)[0].permute(1, 2, 0).numpy()
    apart = np.abs(found - stock['img'])
    inside = cv2.erode((stock['img'].min(axis=2) > 0).astype(np.uint8), np.ones((5, 5))) > 0
    # where the picture ends, its edge is interpolated twice
    assert inside.mean() > 0.6 and apart[inside].mean() < 1.5 and apart[inside].max() < 12
    opposite = one_change(flip, rotation=-37.0)
    other = change_matrices(frame, opposite, ours['box_shares'])
    other = warp_crops(crops, frame, other)[0].permute(1, 2, 0).numpy()
    assert np.abs(other - stock['img']).mean() > 10


def test_a_crop_of_whole_pixels_is_interpolated_once():
    size = (80, 110)  # as large as the box, so that the crop is a part of the picture as it is
    picture, changes = smooth_picture(), one_change(True)
    sample = results(picture) | dict(
        bbox_center=np.array([[100.0, 105.0]]), bbox_scale=np.array([size], dtype=np.float32)
    )
    crop = CropWithMargin(size, affine={})
    crops = torch.from_numpy(run(sample, [crop])['img']).permute(2, 0, 1)[None]
    stock = run(sample, [RandomFlip(prob=1.0)])
    change = RandomBBoxTransform()
    change._get_transform_params = lambda num: (
        changes.shift,
        changes.scale[:, None],
        changes.rotation,
    )
    stock = run(stock, [change, TopdownAffine(size)])
    matrices = change_matrices(crop.frame, changes)
    found = warp_crops(crops, crop.frame, matrices)[0].permute(1, 2, 0).numpy()
    apart = np.abs(found - stock['img'])
    assert apart.mean() < 0.5 and np.quantile(apart, 0.99) < 2  # OpenCV rounds to 1/32 pixel


@pytest.mark.parametrize(('size', 'udp'), SIZES)
@pytest.mark.parametrize('options', [dict(affine={}), dict(margin=0.1), dict(margin=0)])
def test_unchanged_inputs_are_those_of_topdown_affine(size, udp, options):
    picture = smooth_picture()
    stock = run(results(picture), [GetBBoxCenterScale(), TopdownAffine(size, udp)])
    ours, crops = cropped(picture, size, udp, **options)
    frame = ours['crop_frames'][0]
    found = cut_inputs(crops, frame)[0].permute(1, 2, 0).numpy()
    assert np.abs(found - stock['img']).max() <= 1
    assert np.abs(found - stock['img']).mean() < 0.01
    np.testing.assert_array_equal(ours['transformed_keypoints'], stock['transformed_keypoints'])
    warped = warp_crops(crops, frame, np.eye(3)[None])[0].permute(1, 2, 0).numpy()
    np.testing.assert_allclose(warped, found, atol=0.01)


@pytest.mark.parametrize('udp', [False, True])
def test_a_finer_crop_keeps_detail(udp):
    size, changes = (48, 48), one_change(False, scale=0.5)
    picture = smooth_picture()
    stock = stock_input(picture, size, udp, changes)['img']
    apart = []
    for resolution in (1.0, 1.5, 2.0):
        ours, crops = cropped(picture, size, udp, affine={}, resolution=resolution)
        frame = ours['crop_frames'][0]
        matrices = change_matrices(frame, changes, ours['box_shares'])
        found = warp_crops(crops, frame, matrices)[0].permute(1, 2, 0).numpy()
        apart.append(np.abs(found - stock).mean())
        plain = cut_inputs(crops, frame)[0].permute(1, 2, 0).numpy()
        expected = run(results(picture), [GetBBoxCenterScale(), TopdownAffine(size, udp)])['img']
        assert np.abs(plain - expected).mean() < (0.01 if resolution != 1.5 else 3)
    assert apart[2] < 0.6 * apart[0] and apart[1] < apart[0]


def test_each_picture_of_a_batch_is_changed_by_its_own_numbers():
    frame = CropFrame((32, 24), (20, 20), 1.0)
    generator = torch.Generator().manual_seed(0)
    crops = torch.randint(0, 256, (3, 3, *frame.size[::-1]), generator=generator).byte()
    changes = BoxChanges(
        np.array([True, False, True]),
        np.array([[0.1, 0.0], [0, 0.2], [0, 0]]),
        np.array([1.0, 0.8, 1.2]),
        np.array([10.0, 0.0, -30.0]),
    )
    matrices = change_matrices(frame, changes)
    together = warp_crops(crops, frame, matrices)
    assert together.shape == (3, 3, 24, 32) and together.dtype == torch.float32
    for row in range(3):
        alone = warp_crops(crops[row : row + 1], frame, matrices[row : row + 1])
        torch.testing.assert_close(together[row : row + 1], alone)
    some = warp_crops(crops.to('meta'), frame, matrices)
    assert some.device.type == 'meta' and some.shape == together.shape


def test_points_beyond_the_crop_are_found():
    frame = CropFrame((32, 24), (4, 2), 1.0)
    points = torch.tensor([[[0.0, 0.0], [-4.0, -2.0], [-6.0, 0.0], [36.0, 12.0]]])
    assert cut_off(points, points, frame).sum() == 0  # not in the input
    moved = points.clone().clamp(0, 20)
    assert cut_off(points, moved, frame).tolist() == [[False, False, True, True]]


def test_a_narrow_margin_is_measured():
    turned = one_change(False, shift=(0, 0), scale=1.0, rotation=90.0)
    frame = CropFrame((64, 32), (0, 0))
    # a box of 64 x 32 turned by 90 degrees shows the middle half of itself
    assert uncovered_share(frame, change_matrices(frame, turned), 200) == pytest.approx(
        0.5, abs=0.02
    )


def test_crops_of_another_size_are_refused():
    frame = CropFrame((32, 24), (4, 2), 1.0)
    with pytest.raises(LandmarkError, match='crops are 32 x 24 pixels, expected 40 x 28'):
        warp_crops(torch.zeros(1, 3, 24, 32), frame, np.eye(3)[None])
    with pytest.raises(LandmarkError, match='expected 40 x 28'):
        cut_inputs(torch.zeros(1, 3, 24, 32), frame)
