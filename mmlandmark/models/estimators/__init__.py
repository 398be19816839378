"""Estimators, registered in MMPose's ``MODELS``."""

from mmlandmark.models.estimators.channel_detector import ChannelKeypointDetector
from mmlandmark.models.estimators.landmark_converter import LandmarkConverter

__all__ = ['ChannelKeypointDetector', 'LandmarkConverter']
