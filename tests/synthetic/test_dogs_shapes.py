from __future__ import annotations

import numpy as np
import pytest

from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import get_schema
from mmlandmark.synthetic.dogs_own import own_shapes
from mmlandmark.synthetic.dogs_shapes import DogShapes

DOG = get_schema('dogflw46')
EYES = DOG.indices(['right_eye_outer', 'left_eye_outer'])


@pytest.fixture(scope='module')
def shapes():
    return DogShapes.fit(own_shapes(200))


def turned(points, angle, scale, shift):
    cos, sin = np.cos(angle), np.sin(angle)
    return scale * points @ np.array([[cos, sin], [-sin, cos]]) + shift


def test_the_mean_is_level_symmetric_and_of_unit_size(shapes):
    right, left = shapes.mean[EYES]
    np.testing.assert_allclose(left - right, [1, 0], atol=1e-9)
    np.testing.assert_allclose(shapes.mean[DOG.flip_indices] * [-1, 1], shapes.mean, atol=1e-9)


def test_place_size_and_turn_of_the_labels_have_no_influence(shapes):
    points = own_shapes(200)
    rng = np.random.default_rng(3)
    moved = np.stack(
        [
            turned(face, rng.normal(0, 0.3), rng.uniform(5, 200), rng.normal(0, 99, 2))
            for face in points
        ]
    )
    again = DogShapes.fit(moved)
    np.testing.assert_allclose(again.mean, shapes.mean, atol=1e-3)
    np.testing.assert_allclose(again.spread, shapes.spread, rtol=0.02)


def test_modes_rebuild_the_fitted_shapes(shapes):
    flat = shapes.modes.reshape(len(shapes.modes), -1)
    np.testing.assert_allclose(flat @ flat.T, np.eye(len(flat)), atol=1e-9)
    np.testing.assert_allclose(shapes.scores.std(axis=0), 1, rtol=1e-6)
    faces = own_shapes(200)
    faces = faces - faces.mean(axis=1, keepdims=True)
    faces /= np.linalg.norm(faces, axis=(1, 2), keepdims=True)
    rebuilt = shapes.points(shapes.scores[:200])
    rebuilt /= np.linalg.norm(rebuilt, axis=(1, 2), keepdims=True)
    # up to the turn onto the mean, which distances do not see
    gaps = [np.linalg.norm(f[:, None, 0] - f[:, None, 33], axis=-1) for f in (faces, rebuilt)]
    assert np.abs(gaps[0] - gaps[1]).mean() < 0.01


def test_drawn_breeds_have_the_spread_of_the_fitted_ones(shapes):
    rng = np.random.default_rng(0)
    scores = shapes.breeds(2000, rng)
    np.testing.assert_allclose(scores.std(axis=0), 1, rtol=0.1)
    near = shapes.near(scores[:5].repeat(50, axis=0), rng, blur=0.1)
    assert near.reshape(5, 50, -1).std(axis=1).max() < 0.2


def test_breeds_are_of_different_fitted_shapes(shapes):
    count = len(shapes.scores)
    scores = shapes.breeds(count, np.random.default_rng(0))
    order = np.random.default_rng(0).permutation(count)
    distance = np.linalg.norm(scores - shapes.scores[order], axis=1)
    assert np.median(distance) < np.median(np.linalg.norm(scores - shapes.scores, axis=1)) / 2


def test_incomplete_faces_are_left_out_and_counted():
    points = own_shapes(10)
    points[2, 4, 0] = np.nan
    points[5] = 7.0
    shapes = DogShapes.fit(points)
    assert shapes.excluded == 2
    assert np.isfinite(shapes.mean).all()
    assert len(shapes.scores) == 16  # with mirror images


def test_too_few_or_other_points():
    with pytest.raises(LandmarkError, match=r'expected \(N, 46, 2\)'):
        DogShapes.fit(np.zeros((4, 68, 2)))
    with pytest.raises(LandmarkError, match='0 of 4 faces have all 46 points'):
        DogShapes.fit(np.full((4, 46, 2), np.nan))


def test_own_shapes_look_like_the_schema_says():
    points = own_shapes(300)
    assert np.isfinite(points).all()
    place = {name: points[:, DOG.index(name)] for name in DOG.keypoints}
    # right is image-left, the nose below the eyes, the chin below the nose
    assert (place['right_eye_outer'][:, 0] < place['left_eye_outer'][:, 0]).all()
    assert (place['nose_top'][:, 1] > place['right_eye_inner'][:, 1]).mean() > 0.98
    assert (place['chin'][:, 1] > place['nose_bottom'][:, 1]).all()
    hanging = place['right_ear_tip'][:, 1] > place['right_ear_outer_base'][:, 1]
    assert 0.4 < hanging.mean() < 0.7


def test_fit_to_real_labels(shared_data):
    from mmlandmark.apis.drawn_dogs import release_points

    points = release_points(shared_data / 'dogflw_labels')
    assert len(points) == 3853
    shapes = DogShapes.fit(points[:400])
    np.testing.assert_allclose(shapes.mean[EYES, 1], shapes.mean[EYES[0], 1], atol=1e-9)
    assert (shapes.spread[:-1] >= shapes.spread[1:]).all()
