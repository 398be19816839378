"""Pictures of synthetic faces."""

import numpy as np
import pytest

pytest.importorskip('cv2')

from mmlandmark.schemas import get_schema  # noqa: E402
from mmlandmark.synthetic import make_faces  # noqa: E402
from mmlandmark.synthetic.faces import IMAGE_SIZE  # noqa: E402
from mmlandmark.synthetic.render import render_face  # noqa: E402


def test_a_face_always_looks_the_same_and_people_differ():
    faces = make_faces(10)
    picture = render_face(faces, 0)
    assert picture.shape == (IMAGE_SIZE, IMAGE_SIZE, 3) and picture.dtype == np.uint8
    np.testing.assert_array_equal(picture, render_face(faces, 0))
    assert (picture != render_face(faces, 5)).any()


def test_the_points_lie_on_the_drawn_face():
    faces, schema = make_faces(60, noise=0.0), get_schema('face48')
    chosen = [
        i
        for i in range(60)
        if abs(faces.camera.yaw[i]) < 0.2 and (faces.target_visible[i] > 0).all()
    ][:4]
    assert chosen
    for index in chosen:
        picture = render_face(faces, index).astype(float)
        pupil = faces.target_points[index, schema.index('right_pupil')]
        cheek = (
            faces.target_points[index, schema.index('right_upper_cheek')] * 0.6
            + faces.target_points[index, schema.index('nose_tip')] * 0.4
        )
        (px, py), (cx, cy) = np.round(pupil).astype(int), np.round(cheek).astype(int)
        blinks = faces.shape.blink[index] > 0.5
        assert blinks or picture[py, px].mean() < picture[cy, cx].mean()
        blue, _, red = picture[cy, cx]
        assert red > blue + 15  # skin, not the backdrop
