"""Hand and face landmarks by MediaPipe, which is an optional extra: ``mmlandmark[mediapipe]``."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Protocol

import cv2
import numpy as np

from mmlandmark.errors import LandmarkError

_INSTALL = (
    "install it with: pip install 'mmlandmark[mediapipe]' (mediapipe 0.10.21, the last release "
    'that has its models inside; Python 3.10 to 3.12, numpy below 2)'
)


@dataclass(frozen=True)
class DetectedLandmarks:
    """The landmarks of one hand or face.

    Attributes:
        points: (K, 3) float64: x / width, y / height, z in the unit of x.
        handedness: MediaPipe's label, ``Left`` or ``Right``, and its score; None for a face. It
            is meant for the mirror image that a front camera shows: of other pictures, it is the
            other hand.
    """

    points: np.ndarray
    handedness: tuple[str, float] | None = None


class LandmarkDetector(Protocol):
    """What finds the landmarks of the one hand or face in a picture.

    Attributes:
        schema: Name of the schema of its points.
        settings: What its landmarks depend on; one set of landmark files has the same.
    """

    schema: str
    settings: dict[str, str | float]

    def __call__(self, picture: np.ndarray) -> DetectedLandmarks | None:
        """Return the landmarks in a picture (H, W, 3) uint8 BGR, or None where there are none."""


class MediaPipeHands:
    """MediaPipe's hands in static mode: the 21 points of one hand, schema ``hand21``.

    Args:
        confidence: Least score of a detection, 0 to 1.

    Raises:
        ImportError: MediaPipe is not installed, or a release without models.
        LandmarkError: No such confidence.
    """

    schema = 'hand21'

    def __init__(self, confidence: float = 0.7) -> None:
        self.settings, self._solution = _build('hands', 'Hands', confidence, max_num_hands=1)

    def __call__(self, picture: np.ndarray) -> DetectedLandmarks | None:
        """Return the landmarks in a picture (H, W, 3) uint8 BGR, or None where there is no hand."""
        found = self._solution.process(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
        if not found.multi_hand_landmarks:
            return None
        side = found.multi_handedness[0].classification[0]
        points = _points(found.multi_hand_landmarks[0])
        return DetectedLandmarks(points, (side.label, float(side.score)))


class MediaPipeFaceMesh:
    """MediaPipe's face mesh in static mode: 478 points of one face, schema ``mesh478``.

    Args:
        confidence: Least score of a detection, 0 to 1.

    Raises:
        ImportError: MediaPipe is not installed, or a release without models.
        LandmarkError: No such confidence.
    """

    schema = 'mesh478'

    def __init__(self, confidence: float = 0.7) -> None:
        self.settings, self._solution = _build(
            'face_mesh', 'FaceMesh', confidence, max_num_faces=1, refine_landmarks=True
        )

    def __call__(self, picture: np.ndarray) -> DetectedLandmarks | None:
        """Return the landmarks in a picture (H, W, 3) uint8 BGR, or None where there is no face."""
        found = self._solution.process(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
        if not found.multi_face_landmarks:
            return None
        return DetectedLandmarks(_points(found.multi_face_landmarks[0]))


def _build(
    module: str, kind: str, confidence: float, **options: Any
) -> tuple[dict[str, str | float], Any]:
    if not 0 <= confidence <= 1:
        raise LandmarkError(f'confidence is {confidence:g}; expected 0 to 1')
    mediapipe = _import_mediapipe()
    make = getattr(getattr(mediapipe.solutions, module), kind)
    solution = make(static_image_mode=True, min_detection_confidence=confidence, **options)
    detector = f'mediapipe {mediapipe.__version__} {module}'
    return {'detector': detector, 'confidence': float(confidence)}, solution


def _import_mediapipe() -> ModuleType:
    try:
        mediapipe = importlib.import_module('mediapipe')
    except ModuleNotFoundError as error:
        if error.name != 'mediapipe':
            raise
        raise ImportError(f'mediapipe is not installed; {_INSTALL}') from None
    if not hasattr(mediapipe, 'solutions'):
        version = getattr(mediapipe, '__version__', 'of an unknown version')
        raise ImportError(f'mediapipe {version} has no models inside; {_INSTALL}')
    return mediapipe


def _points(landmarks: Any) -> np.ndarray:
    return np.array([(point.x, point.y, point.z) for point in landmarks.landmark], dtype=np.float64)
