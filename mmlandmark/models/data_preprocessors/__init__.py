"""Preparation of batches on the device, registered in MMPose's ``MODELS``."""

from mmlandmark.models.data_preprocessors.augmentations import (
    DropKeypoints,
    KeypointNoise,
    RandomKeypointFlip,
    RandomSimilarity,
)
from mmlandmark.models.data_preprocessors.keypoint_preprocessor import KeypointPreprocessor

__all__ = [
    'DropKeypoints',
    'KeypointNoise',
    'KeypointPreprocessor',
    'RandomKeypointFlip',
    'RandomSimilarity',
]
