import numpy as np
import pytest
from two_labellings import SHARED, make_people

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional.frames import base_frames, left_and_right, limb_frames
from mmlandmark.schemas import get_schema

SWAPS = get_schema('mpii16').swaps


def frames_of(people, kind=None, names=SHARED, swaps=SWAPS):
    points = np.stack([people.places[name] for name in names], axis=1)
    return base_frames(kind, names, points, swaps, people.head)


def test_body_frame_turns_with_the_body_and_knows_backs():
    people = make_people(50, backs=0.5)
    frames = frames_of(people)
    assert frames.name == 'body'
    cosine = np.einsum('nij,nij->nj', frames.axes, people.axes)
    assert (cosine > 0.98).all()
    handed = np.linalg.det(frames.axes)
    assert set(np.round(handed)) == {-1.0, 1.0}


def test_encode_and_decode_are_inverse():
    rng = np.random.default_rng(0)
    frames = frames_of(make_people(20))
    vectors = rng.normal(size=(20, 3, 2))
    np.testing.assert_allclose(frames.decode(frames.encode(vectors)), vectors, atol=1e-12)
    np.testing.assert_allclose(
        frames.encode(vectors), np.einsum('nji,npj->npi', frames.axes, vectors), atol=1e-12
    )


def test_flip_of_the_picture_mirrors_x_only():
    people = make_people(30, backs=0.5)
    points = np.stack([people.places[name] for name in SHARED], axis=1)
    flip = [SHARED.index(dict(swaps_both())[name]) for name in SHARED]
    mirrored = (points * [-1, 1])[:, flip]
    one = base_frames('body', SHARED, points, SWAPS, people.head)
    other = base_frames('body', SHARED, mirrored, SWAPS, people.head)
    shift = np.random.default_rng(0).normal(size=(30, 1, 2))
    np.testing.assert_allclose(
        other.encode(shift * [-1, 1]), one.encode(shift) * [-1, 1], atol=1e-9
    )


def swaps_both():
    return [*SWAPS, *(pair[::-1] for pair in SWAPS)]


def test_lateral_frame_takes_sides_from_names():
    names = ('eye_left', 'eye_right', 'jaw_0', 'jaw_16')
    points = np.array([[[2.0, 1.0], [0.0, 1.0], [-9.0, 5.0], [9.0, 5.0]]])
    swaps = (('eye_right', 'eye_left'), ('jaw_0', 'jaw_16'))
    assert left_and_right(swaps) == [('eye_left', 'eye_right')]
    frames = base_frames(None, names, points, swaps, np.ones(1))
    assert frames.name == 'lateral'
    np.testing.assert_allclose(frames.axes[0], np.eye(2), atol=1e-12)


def test_unlabelled_points_have_no_frame():
    people = make_people(4)
    people.places['left_hip'][1] = np.nan
    assert frames_of(people).known.tolist() == [True, False, True, True]


def test_limb_frames_keep_the_handedness_and_leave_short_limbs_out():
    people = make_people(40, backs=0.5)
    base = frames_of(people)
    start = people.places['left_knee']
    end = people.places['left_ankle'].copy()
    end[0] = start[0] + 0.1
    limb = limb_frames(base, start, end, 'to left_ankle', people.head)
    assert not limb.known[0]
    assert limb.known[1:].all()
    np.testing.assert_allclose(np.linalg.det(limb.axes[1:]), np.linalg.det(base.axes[1:]))
    along = limb.encode((end - start)[:, None])[1:, 0]
    np.testing.assert_allclose(along[:, 0], 0, atol=1e-9)
    assert (along[:, 1] > 0).all()


@pytest.mark.parametrize(
    ('kind', 'names', 'message'),
    [
        ('bodi', SHARED, "unknown frame 'bodi' \\(did you mean 'body'"),
        ('body', SHARED[:3], 'a body frame needs left_shoulder'),
        ('lateral', ('right_knee',), 'left/right pair'),
    ],
)
def test_errors_name_what_is_missing(kind, names, message):
    with pytest.raises(LandmarkError, match=message):
        frames_of(make_people(3), kind, names)
