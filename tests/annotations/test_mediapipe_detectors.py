"""MediaPipe behind one interface; a stand-in for the package, which is an optional extra."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from mmlandmark.annotations.mediapipe_detectors import MediaPipeFaceMesh, MediaPipeHands
from mmlandmark.errors import LandmarkError

POINT = SimpleNamespace(x=0.25, y=0.5, z=-0.125)


class Solution:
    """Sees a hand and a face in pictures whose first pixel is red."""

    def __init__(self, **options):
        self.options = options

    def process(self, picture):
        found = picture[0, 0].tolist() == [255, 0, 0]
        side = SimpleNamespace(label='Left', score=0.9)
        return SimpleNamespace(
            multi_hand_landmarks=[SimpleNamespace(landmark=[POINT] * 21)] if found else None,
            multi_handedness=[SimpleNamespace(classification=[side])] if found else None,
            multi_face_landmarks=[SimpleNamespace(landmark=[POINT] * 478)] if found else None,
        )


@pytest.fixture
def mediapipe(monkeypatch):
    package = ModuleType('mediapipe')
    package.__version__ = '0.10.21'
    made = []

    def make(**options):
        made.append(Solution(**options))
        return made[-1]

    package.solutions = SimpleNamespace(
        hands=SimpleNamespace(Hands=make), face_mesh=SimpleNamespace(FaceMesh=make)
    )
    package.made = made
    monkeypatch.setitem(sys.modules, 'mediapipe', package)
    return package


@pytest.mark.parametrize(
    ('kind', 'count', 'side'),
    [(MediaPipeHands, 21, ('Left', 0.9)), (MediaPipeFaceMesh, 478, None)],
)
def test_what_mediapipe_finds_is_given_in_its_units(mediapipe, kind, count, side):
    detector = kind()
    picture = np.zeros((4, 6, 3), dtype=np.uint8)
    assert detector(picture) is None
    picture[0, 0] = (0, 0, 255)  # red, as pictures are read here
    found = detector(picture)
    np.testing.assert_array_equal(found.points, [[0.25, 0.5, -0.125]] * count)
    assert found.points.dtype == np.float64 and found.handedness == side


def test_pictures_are_looked_at_one_by_one_for_one_hand_or_face(mediapipe):
    hands, face = MediaPipeHands(), MediaPipeFaceMesh(0.5)
    asked = [solution.options for solution in mediapipe.made]
    static = {'static_image_mode': True}
    assert asked[0] == {**static, 'min_detection_confidence': 0.7, 'max_num_hands': 1}
    assert asked[1].pop('refine_landmarks')  # the irises
    assert asked[1] == {**static, 'min_detection_confidence': 0.5, 'max_num_faces': 1}
    assert hands.settings == {'detector': 'mediapipe 0.10.21 hands', 'confidence': 0.7}
    assert face.settings == {'detector': 'mediapipe 0.10.21 face_mesh', 'confidence': 0.5}


def test_no_mediapipe_is_told_with_the_way_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, 'mediapipe', None)
    with pytest.raises(
        ImportError, match=r"not installed; .*pip install 'mmlandmark\[mediapipe\]'"
    ):
        MediaPipeHands()


def test_a_release_without_models_is_told(mediapipe):
    del mediapipe.solutions
    mediapipe.__version__ = '0.10.35'
    with pytest.raises(ImportError, match='mediapipe 0.10.35 has no models inside; .*0.10.21'):
        MediaPipeFaceMesh()


@pytest.mark.parametrize('confidence', [-0.1, 1.5, float('nan')])
def test_a_confidence_that_is_none_is_told(confidence):
    with pytest.raises(LandmarkError, match='expected 0 to 1'):
        MediaPipeHands(confidence)
