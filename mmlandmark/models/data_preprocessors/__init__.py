"""Preparation of batches on the device, registered in MMPose's ``MODELS``."""

from mmlandmark.models.data_preprocessors.augmentations import (
    DropKeypoints,
    KeypointNoise,
    RandomKeypointFlip,
    RandomSimilarity,
)
from mmlandmark.models.data_preprocessors.augmenting_preprocessor import (
    AugmentingPoseDataPreprocessor,
)
from mmlandmark.models.data_preprocessors.keypoint_preprocessor import KeypointPreprocessor
from mmlandmark.models.data_preprocessors.packed_preprocessor import (
    PackedPoseDataPreprocessor,
)
from mmlandmark.models.data_preprocessors.pixel_changes import (
    BatchCoarseDropout,
    BatchColorJitter,
    BatchGaussianBlur,
)

__all__ = [
    'AugmentingPoseDataPreprocessor',
    'BatchCoarseDropout',
    'BatchColorJitter',
    'BatchGaussianBlur',
    'DropKeypoints',
    'KeypointNoise',
    'KeypointPreprocessor',
    'PackedPoseDataPreprocessor',
    'RandomKeypointFlip',
    'RandomSimilarity',
]
