"""Drawing with one-element arrays, which MMPose hands on and numpy 2.4+ does not convert."""

import numpy as np

from mmlandmark.compat.visualizer import wrap_draw_circles


class Strict:
    """Stands for MMPose's class under numpy 2.4+: takes numbers only."""

    def __init__(self, backend='opencv'):
        self.backend = backend
        self.drawn = []

    def draw_circles(self, center, radius, face_colors, alpha=0.8):
        assert np.ndim(radius) == 0 and np.ndim(center[0]) == 0
        self.drawn.append((int(center[0]), int(center[1]), int(radius), face_colors, alpha))


def test_one_element_arrays_become_numbers():
    wrapped = type('Wrapped', (Strict,), {'draw_circles': Strict.draw_circles})
    wrap_draw_circles(wrapped)
    visualizer = wrapped()
    visualizer.draw_circles(np.array([3.7, 4.2]), radius=np.array([2]), face_colors='r', alpha=1.0)
    visualizer.draw_circles(np.array([[3, 4]]), np.array([[2]]), 'r')
    assert visualizer.drawn == [(3, 4, 2, 'r', 1.0), (3, 4, 2, 'r', 0.8)]


def test_the_real_visualizer_draws(tmp_path):
    from mmpose.visualization.opencv_backend_visualizer import OpencvBackendVisualizer

    visualizer = OpencvBackendVisualizer(name='circles', backend='opencv')
    visualizer.set_image(np.zeros((20, 20, 3), np.uint8))
    visualizer.draw_circles(np.array([10.0, 10.0]), np.array([3]), (255, 0, 0), alpha=1.0)
    assert visualizer.get_image()[10, 10].tolist() == [255, 0, 0]
