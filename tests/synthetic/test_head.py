"""The 3-D head is mirror symmetric and both schemas lie on it."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlandmark.schemas import get_mapping, get_schema
from mmlandmark.synthetic import head
from mmlandmark.synthetic.head import HeadShape, neutral_shape
from mmlandmark.synthetic.landmarks import face48_points, face68_points, stack_points

MIRROR = np.array([-1.0, 1.0, 1.0])


@st.composite
def shapes(draw):
    """Faces looking straight ahead; only a sidelong gaze would not be symmetric."""
    values = {f.name: np.array([draw(st.floats(-1.5, 1.5))]) for f in fields(HeadShape)}
    return HeadShape(**values | {'gaze_x': np.zeros(1), 'blink': np.clip(values['blink'], 0, 1)})


def both(shape, yaw=None):
    source = stack_points(face68_points(shape, yaw), get_schema('face68').keypoints)
    return source, stack_points(face48_points(shape), get_schema('face48').keypoints)


@settings(max_examples=25, deadline=None)
@given(shapes())
def test_faces_are_mirror_symmetric_under_the_flip_of_their_schema(shape):
    for name, points in zip(('face68', 'face48'), both(shape), strict=True):
        flip = get_schema(name).flip_indices
        np.testing.assert_allclose(points[:, flip] * MIRROR, points, atol=1e-8)


@settings(max_examples=25, deadline=None)
@given(shapes(), st.floats(-0.9, 0.9))
def test_turning_the_other_way_mirrors_the_visible_outline(shape, yaw):
    flip = get_schema('face68').flip_indices
    one, other = (both(shape, np.array([sign * yaw]))[0] for sign in (1, -1))
    np.testing.assert_allclose(other[:, flip] * MIRROR, one, atol=1e-8)


@settings(max_examples=25, deadline=None)
@given(shapes(), st.floats(-0.9, 0.9))
def test_published_correspondences_are_the_same_points(shape, yaw):
    mapping = get_mapping('face68-to-face48-mirrored')
    source, target = both(shape, np.array([yaw]))
    mapped = np.einsum('ts,nsd->ntd', mapping.matrix, source)
    np.testing.assert_allclose(mapped[:, mapping.covered], target[:, mapping.covered], atol=1e-6)


def test_right_is_image_left_and_up_is_up():
    source, target = (points[0] for points in both(neutral_shape()))
    face68, face48 = get_schema('face68'), get_schema('face48')
    assert source[face68.index('right_eye_0'), 0] < source[face68.index('left_eye_3'), 0]
    assert target[face48.index('right_pupil'), 0] < 0 < target[face48.index('left_pupil'), 0]
    heights = ['forehead_top', 'glabella', 'nose_tip', 'upper_lip_mid', 'lower_lip_mid', 'chin']
    assert (np.diff([target[face48.index(name), 1] for name in heights]) > 0).all()
    assert target[face48.index('nose_tip'), 2] == target[:, 2].max()


@pytest.mark.parametrize(
    ('field', 'first', 'second'),
    [
        ('mouth_open', 'inner_lip_2', 'inner_lip_6'),
        ('smile', 'outer_lip_0', 'outer_lip_6'),
        ('face_width', 'jaw_0', 'jaw_16'),
        ('nose_length', 'nose_bridge_0', 'nose_bridge_3'),
    ],
)
def test_modes_move_what_they_say(field, first, second):
    schema, rest = get_schema('face68'), neutral_shape()
    moved = replace(rest, **{field: np.ones(1)})

    def distance(shape):
        points = both(shape)[0][0]
        return np.linalg.norm(points[schema.index(first)] - points[schema.index(second)])

    assert distance(moved) > 1.05 * distance(rest)


def test_a_blink_closes_the_lids():
    along = np.linspace(0.2, 0.8, 7)
    for blink, gap in ((0.0, True), (1.0, False)):
        shape = replace(neutral_shape(), blink=np.array([blink]))
        upper, lower = (head.eyelid(shape, along, head.LEFT, lid) for lid in ('upper', 'lower'))
        assert ((lower - upper)[..., 1] > 0.03).all() == gap


def test_the_outline_slides_only_on_the_side_that_is_turned_away():
    schema = get_schema('face68')
    straight, turned = both(neutral_shape())[0], both(neutral_shape(), np.array([0.6]))[0]
    moved = np.linalg.norm(turned - straight, axis=-1)[0] > 1e-6
    changed = {schema.keypoints[i] for i in np.flatnonzero(moved)}
    assert changed == {f'jaw_{i}' for i in range(9, 17)}
