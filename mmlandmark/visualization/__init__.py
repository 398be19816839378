"""Drawing of keypoints."""

from mmlandmark._stack import require_stack

require_stack('mmlandmark.visualization')

from mmlandmark.visualization.drawing import draw_points, draw_side_by_side  # noqa: E402
from mmlandmark.visualization.landmark_visualizer import LandmarkVisualizer  # noqa: E402

__all__ = ['LandmarkVisualizer', 'draw_points', 'draw_side_by_side']
