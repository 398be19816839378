"""MMPose draws circles with ``int(radius)`` of a one-element array, which numpy 2.4+ refuses."""

from __future__ import annotations

import functools
import warnings
from typing import Any

import numpy as np


def _one_element_arrays_convert() -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', DeprecationWarning)
        try:
            int(np.ones(1))
        except TypeError:
            return False
    return True


def wrap_draw_circles(visualizer_class: type) -> None:
    """Make ``draw_circles`` of an OpenCV visualizer class take one-element arrays as numbers."""
    original = visualizer_class.draw_circles

    @functools.wraps(original)
    def draw_circles(self: Any, center: Any, radius: Any, *args: Any, **kwargs: Any) -> Any:
        if self.backend == 'opencv':
            center = np.asarray(center).reshape(-1)
            radius = np.asarray(radius).reshape(-1)[0]
        return original(self, center, radius, *args, **kwargs)

    visualizer_class.draw_circles = draw_circles


def fix_visualizer() -> bool:
    """Wrap MMPose's OpenCV drawing where numpy refuses it; return whether numpy does."""
    if _one_element_arrays_convert():
        return False
    from mmpose.visualization.opencv_backend_visualizer import OpencvBackendVisualizer

    wrap_draw_circles(OpencvBackendVisualizer)
    return True
