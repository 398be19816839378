"""Random faces: reproducible, consistent, and with the visibilities of real annotations."""

import numpy as np
import pytest

from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import get_mapping, get_schema
from mmlandmark.synthetic import make_faces


def test_the_same_seed_gives_the_same_faces_and_another_one_others():
    one, same, other = make_faces(20, seed=4), make_faces(20, seed=4), make_faces(20, seed=5)
    np.testing.assert_array_equal(one.source_points, same.source_points)
    np.testing.assert_array_equal(one.target_visible, same.target_visible)
    assert not np.allclose(one.source_points, other.source_points)


def test_sizes_and_identities():
    faces = make_faces(23, pictures_per_identity=5)
    assert len(faces) == 23
    assert faces.source_points.shape == (23, 68, 2) and faces.target_points.shape == (23, 48, 2)
    assert np.bincount(faces.identity).tolist() == [5, 5, 5, 5, 3]
    width = faces.shape.face_width
    assert (width[:5] == width[0]).all() and width[5] != width[0]
    assert len(np.unique(faces.shape.mouth_open[:5].round(9))) > 1


def test_without_noise_both_schemas_agree_on_the_published_points():
    faces = make_faces(200, noise=0.0)
    mapping = get_mapping('face68-to-face48')
    moved, visible = mapping.apply(faces.source_points, faces.source_visible)
    both = (visible > 0) & (faces.target_visible > 0)
    assert both[:, mapping.covered].mean() > 0.9
    np.testing.assert_allclose(moved[both], faces.target_points[both], atol=1e-4)


def test_noise_is_what_was_asked_for():
    clean, noisy = make_faces(300, noise=0.0), make_faces(300, noise=0.01)
    seen = (clean.source_visible == 2) & (noisy.source_visible == 2)
    offset = (noisy.source_points - clean.source_points) / clean.camera.scale[:, None, None]
    assert np.std(offset[seen]) == pytest.approx(0.01, rel=0.05)


def test_points_are_hidden_on_the_side_that_is_turned_away():
    faces, schema = make_faces(800), get_schema('face48')
    left, right = schema.index('left_temple'), schema.index('right_temple')
    away = faces.camera.yaw > 0.5
    assert away.sum() > 20
    assert (faces.target_visible[away, left] < 2).all()
    assert (faces.target_visible[away, right] == 2).mean() > 0.9
    assert set(np.unique(faces.target_visible)) == {0, 1, 2}
    # the outline of the jaw is clicked where it is seen
    assert (faces.source_visible[:, get_schema('face68').indices('jaw')] != 1).all()


def test_unlabelled_points_have_no_place():
    faces = make_faces(300)
    assert (faces.source_points[faces.source_visible == 0] == 0).all()
    assert (faces.target_points[faces.target_visible == 0] == 0).all()


@pytest.mark.parametrize('arguments', [dict(count=0), dict(count=3, pictures_per_identity=0)])
def test_nothing_to_make_is_an_error(arguments):
    with pytest.raises(LandmarkError, match='at least 1'):
        make_faces(**arguments)
