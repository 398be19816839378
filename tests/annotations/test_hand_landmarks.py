import json

import numpy as np
import pytest
from raw_hands import HAND, HEIGHT, WIDTH, hand_points, landmark_content, write_landmarks

from mmlandmark.annotations.hand_landmarks import read_hand_landmarks
from mmlandmark.errors import LandmarkError


def read(tmp_path, content):
    return read_hand_landmarks(write_landmarks(tmp_path / 'x.json', content), HAND.keypoints)


def test_a_file_is_read_as_it_is(tmp_path):
    points = hand_points(3)
    hand = read(tmp_path, landmark_content(points))
    assert np.array_equal(hand.points, points)
    assert hand.size == (WIDTH, HEIGHT)
    assert (hand.handedness, hand.score) == ('left', 0.75)


def test_what_may_be_absent_is_none_or_nan(tmp_path):
    content = landmark_content(hand_points(0), handedness=None)
    del content['image_shape']
    for point in content['landmarks']:
        del point['z']
    hand = read(tmp_path, content)
    assert np.isnan(hand.points[:, 2]).all() and np.isfinite(hand.points[:, :2]).all()
    assert hand.size is None and hand.handedness is None and np.isnan(hand.score)
    hand = read(tmp_path, landmark_content(hand_points(0), handedness={'label': 'Right'}))
    assert hand.handedness == 'right' and np.isnan(hand.score)


def change(**other):
    return lambda content: content | other


def at(row, **other):
    def changed(content):
        content['landmarks'][row] |= other
        return content

    return changed


def without(row, axis):
    def changed(content):
        del content['landmarks'][row][axis]
        return content

    return changed


@pytest.mark.parametrize(
    ('spoil', 'message'),
    [
        (lambda c: c | {'landmarks': c['landmarks'][:20]}, 'has 20 points; expected 21'),
        (lambda c: {k: v for k, v in c.items() if k != 'landmarks'}, "has no list 'landmarks'"),
        (at(4, x=float('nan')), r'landmarks\[4\].x is nan at line 1'),
        (at(4, x=320.5), 'x is 320.5; expected a share of the picture, not pixels'),
        (at(4, z=-1e308), r'z is -1e\+308; expected a share of the picture'),
        (at(4, x=None), 'thumb_tip: x is None; expected a finite number'),
        (at(4, y='0.5'), "thumb_tip: y is '0.5'; expected a finite number"),
        (at(4, y=True), 'thumb_tip: y is True'),
        (without(8, 'y'), 'index_tip has no y'),
        (without(8, 'z'), r'index_tip has no z \(other points have one\)'),
        (lambda c: c | {'landmarks': [[0, 0, 0]] * 21}, r'wrist is \[0, 0, 0\]; expected an obj'),
        (change(image_shape=[48]), r"'image_shape' is \[48\]; expected \[height, width"),
        (change(image_shape=[48, 0, 3]), "'image_shape' is"),
        (change(handedness={'label': 'Both'}), "'handedness' is .*Both.*; expected null or"),
        (change(handedness='Left'), "'handedness' is 'Left'"),
        (change(handedness={'label': 'Left', 'score': 'high'}), 'the score of'),
        (lambda c: [c], 'holds a list; expected an object'),
    ],
)
def test_what_is_wrong_is_one_line_that_names_the_file(tmp_path, spoil, message):
    content = spoil(json.loads(json.dumps(landmark_content(hand_points(0)))))
    with pytest.raises(LandmarkError, match=rf'x\.json: .*{message}') as caught:
        read(tmp_path, content)
    assert '\n' not in str(caught.value)


def test_a_truncated_file_is_an_error(tmp_path):
    path = write_landmarks(tmp_path / 'x.json', landmark_content(hand_points(0)))
    path.write_text(path.read_text()[:200])
    with pytest.raises(LandmarkError, match=r'x\.json: .*truncated'):
        read_hand_landmarks(path, HAND.keypoints)
