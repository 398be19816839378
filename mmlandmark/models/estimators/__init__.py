"""Estimators, registered in MMPose's ``MODELS``."""

from mmlandmark.models.estimators.landmark_converter import LandmarkConverter

__all__ = ['LandmarkConverter']
