import numpy as np
import pytest
from raw_hands import hand_release, landmark_file

from mmlandmark.annotations.ouhands import read_ouhands


@pytest.fixture
def root(tmp_path):
    return hand_release(tmp_path / 'set')


def test_pictures_without_landmarks_are_counted_by_class(root):
    for name in ('A-abc-0001.png', 'B-abc-0003.png'):
        landmark_file(root, 'train', name).unlink()
    hands = read_ouhands(root, 'train')
    assert hands.gestures == ['A', 'K']
    lost = {gesture: count for gesture, count in hands.without_landmarks.items() if count}
    assert lost == {'A': 1, 'B': 1} and hands.listed['A'] == 2
    assert hands.summary() == [
        f'OUHANDS train in {root}: 2 hands of 4 pictures; 2 without landmarks (A 1 of 2, B 1 of 1)'
    ]
    rows = {row['class']: row for row in hands.rows()}
    assert list(rows['A'].values()) == ['A', 2, 1, 1, 0]
    assert list(rows['all'].values()) == ['all', 4, 2, 2, 0]


def test_the_scale_of_z_is_the_99th_percentile(root):
    hands = read_ouhands(root, 'train')
    depths = np.sort(np.abs(hands.landmarks[..., 2]).ravel())
    assert depths[-2] <= hands.depth_scale() <= depths[-1]


def test_without_z_there_is_no_scale(root):
    hands = read_ouhands(root, 'train')
    hands.landmarks[:2, :, 2] = 0
    hands.landmarks[2:, :, 2] = np.nan
    assert hands.has_depth.tolist() == [True, True, False, False]
    assert np.isnan(hands.depth_scale())
    hands.landmarks[..., 2] = np.nan
    assert np.isnan(hands.depth_scale())
