"""Codecs between points and what a network learns, registered in MMPose."""

from mmlandmark._stack import require_stack

require_stack('mmlandmark.codecs')

from mmlandmark.codecs.keypoint_labels import KeypointLabels  # noqa: E402
from mmlandmark.codecs.landmark_standardization import LandmarkStandardization  # noqa: E402
from mmlandmark.codecs.simcc_depth_label import SimCCDepthLabel  # noqa: E402

__all__ = ['KeypointLabels', 'LandmarkStandardization', 'SimCCDepthLabel']
