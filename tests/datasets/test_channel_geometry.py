import numpy as np
from channel_samples import sample

from mmlandmark.datasets.channel_geometry import move_sample, swap_channels
from mmlandmark.geometry.affine import scale_affine, shift_affine

POINTS = np.array([[10.0, 10.0], [64.0, 48.0], [30.0, 40.0]])


def test_what_lies_beyond_the_edge_is_dropped_and_counted():
    moved = move_sample(sample(POINTS), np.zeros((48, 64, 3)), shift_affine(-30, 0.5))
    assert moved['channel_points'].tolist() == [[0, 40.5]]
    assert moved['channel_ids'].tolist() == [2] and moved['channel_depths'].tolist() == [2]
    assert moved['dropped_points'].tolist() == [1, 1, 0]


def test_rounding_drops_no_keypoint_on_the_edge():
    for size in range(1, 200):
        factors = scale_affine(size / 64, size / 48)
        moved = move_sample(sample(POINTS[1:2]), np.zeros((size, size, 3)), factors)
        assert moved['channel_points'].tolist() == [[size, size]]


def test_the_way_back_is_composed():
    moved = sample(POINTS)
    for matrix in (shift_affine(3, 4), scale_affine(2, 2)):
        moved = move_sample(moved, np.zeros((200, 200, 3)), matrix)
    np.testing.assert_allclose(moved['to_picture'], [[0.5, 0, -3], [0, 0.5, -4]])
    assert moved['img_shape'] == (200, 200)


def test_only_the_channels_that_swap_do():
    assert swap_channels(sample(POINTS))['channel_ids'].tolist() == [1, 0, 2]
    assert swap_channels(sample(POINTS, flip_channels=()))['channel_ids'].tolist() == [0, 1, 2]
