"""Drawn boxes: what is labelled is what a picture shows."""

from __future__ import annotations

import numpy as np
import pytest

from mmlandmark.errors import LandmarkError
from mmlandmark.synthetic.boxes import make_boxes
from mmlandmark.synthetic.boxes_render import render_boxes
from mmlandmark.synthetic.boxes_shape import CHANNELS, make_box
from mmlandmark.synthetic.boxes_view import Camera, covers, inverse_depth, is_hidden

SCENES = [make_boxes(index) for index in range(40)]


def _camera(size: int = 100) -> Camera:
    return Camera(np.diag([1.0, -1.0, -1.0]), distance=2.0, focal=float(size), size=size)


def test_a_camera_straight_above_maps_x_to_the_right_and_y_upwards():
    pixels, depths = _camera().project(np.array([[0.0, 0, 0], [0.5, 0, 0], [0, 0.5, 1.0]]))
    np.testing.assert_allclose(pixels, [[50, 50], [75, 50], [50, 0]])
    np.testing.assert_allclose(depths, [2, 2, 1])


def test_the_plane_of_a_face_gives_the_depth_of_all_its_points():
    camera = Camera.above(np.random.default_rng(0), 128)
    face = make_box(np.array([0.3, 0.2]), 0.2, np.random.default_rng(1)).faces[-1]
    inner = np.random.default_rng(2).dirichlet(np.ones(len(face)), 20) @ face
    pixels, depths = camera.project(inner)
    a, b, c = inverse_depth(face, camera)
    np.testing.assert_allclose(pixels @ [a, b] + c, 1 / depths, rtol=1e-9)
    assert covers(camera.project(face)[0], *pixels.T).all()


def test_covers_takes_both_directions_of_turning():
    square = np.array([[0.0, 0], [2, 0], [2, 2], [0, 2]])
    x, y = np.array([1.0, 3, -1, 1]), np.array([1.0, 1, 1, 2.5])
    for polygon in (square, square[::-1]):
        np.testing.assert_array_equal(covers(polygon, x, y), [True, False, False, False])


def test_a_point_is_hidden_below_a_face_and_not_above_it_beside_it_or_on_it():
    roof = np.array([[-0.2, -0.2, 1.0], [0.2, -0.2, 1.0], [0.2, 0.2, 1.0], [-0.2, 0.2, 1.0]])
    points = np.array([[0, 0, 0.0], [0, 0, 1.5], [0.9, 0, 0.0], [0.1, 0, 1.0], roof[0]])
    np.testing.assert_array_equal(
        is_hidden(points, [roof], _camera()), [True, False, False, False, False]
    )


@pytest.mark.parametrize('seed', range(5))
def test_flaps_stay_above_the_table_and_every_point_is_a_corner_of_a_face(seed):
    box = make_box(np.array([0.35, 0.2]), 0.1, np.random.default_rng(seed))
    assert min(face[:, 2].min() for face in box.faces) >= -1e-9
    assert (box.points[:, 2] > 0).all()
    labels = zip(box.faces, box.prints, strict=True)
    corners = np.concatenate([face for face, is_label in labels if not is_label])
    gaps = np.abs(box.points[:, None] - corners).max(axis=-1)
    assert (gaps.min(axis=1) == 0).all()
    assert (np.bincount(box.channel_ids)[:1] == 4).all()
    assert not (box.channel_ids == 1).sum() % 2
    for face in box.faces:  # flat
        away = np.cross(face[1] - face[0], face[2] - face[0])
        assert abs(away @ (face[3] - face[0])) < 1e-9


def test_counts_vary_points_are_seen_inside_the_picture_and_apart():
    counts = np.array([np.bincount(s.channel_ids, minlength=2) for s in SCENES])
    assert len(np.unique(counts[:, 0])) > 4 and len(np.unique(counts[:, 1])) > 6
    assert (counts.sum(axis=1) == 0).any()
    assert np.sum([s.hidden for s in SCENES], axis=0).min() > 5
    for scene in SCENES:
        assert ((scene.points >= 2) & (scene.points <= 126)).all()
        assert (scene.depths > 0.5).all()
        seen = np.bincount(scene.channel_ids, minlength=2)
        of_boxes = [np.bincount(box.channel_ids, minlength=2) for box in scene.boxes]
        np.testing.assert_array_equal(seen + scene.hidden, np.sum([[0, 0], *of_boxes], axis=0))
        for channel in range(len(CHANNELS)):
            points = scene.points[scene.channel_ids == channel]
            gaps = np.linalg.norm(points[:, None] - points, axis=-1)
            assert (gaps[~np.eye(len(points), dtype=bool)] >= 4).all()


def test_what_is_hidden_is_what_a_ray_to_the_camera_meets():
    """Against rays cut with triangles (Moeller and Trumbore), one at a time."""
    checked = 0
    for scene in SCENES:
        eye = -scene.camera.rotation.T @ [0, 0, scene.camera.distance]
        faces = [*scene.planks, *(face for box in scene.boxes for face in box.faces)]
        points = np.concatenate([np.empty((0, 3)), *(box.points for box in scene.boxes)])
        slow = [
            any(
                _meets(eye, point, face[[0, i, i + 1]])
                for face in faces
                for i in range(1, len(face) - 1)
            )
            for point in points
        ]
        np.testing.assert_array_equal(is_hidden(points, faces, scene.camera), slow)
        checked += sum(slow)
    assert checked > 5  # points of boxes behind flaps, other boxes and planks


def _meets(eye: np.ndarray, point: np.ndarray, triangle: np.ndarray) -> bool:
    ray, (a, b, c) = point - eye, triangle
    matrix = np.stack([b - a, c - a, -ray], axis=-1)
    if abs(np.linalg.det(matrix)) < 1e-12:
        return False
    u, v, t = np.linalg.solve(matrix, eye - a)
    return u >= 0 and v >= 0 and u + v <= 1 and 0 < t < 1 - 1e-3


def test_pictures_are_the_same_again_and_others_differ():
    first, again = (render_boxes(make_boxes(4, seed=1, size=64)) for _ in range(2))
    assert first.shape == (64, 64, 3) and first.dtype == np.uint8
    np.testing.assert_array_equal(first, again)
    assert (first != render_boxes(make_boxes(5, seed=1, size=64))).any()
    assert (first != render_boxes(make_boxes(4, seed=2, size=64))).any()


def test_the_picture_changes_at_labelled_points_more_than_elsewhere():
    """Labels lie where the picture has corners: not mirrored, turned or shifted."""
    at_points, anywhere = [], []
    for scene in SCENES[:12]:
        grey = render_boxes(scene).astype(np.float64).mean(axis=2)
        pixels = np.floor(scene.points).astype(int)
        windows = np.lib.stride_tricks.sliding_window_view(grey, (3, 3))
        spread = windows.std(axis=(2, 3))
        at_points += spread[pixels[:, 1] - 1, pixels[:, 0] - 1].tolist()
        anywhere.append(spread.mean())
    assert np.mean(at_points) > 2.5 * np.mean(anywhere)


@pytest.mark.parametrize(
    ('options', 'said'), [({'size': 8}, 'pictures of 8 pixels'), ({'seed': -1}, 'seed -1')]
)
def test_wrong_options(options, said):
    with pytest.raises(LandmarkError, match=said):
        make_boxes(0, **options)
