"""MMPose's UDP codec inverts a matrix that a flat heatmap makes singular, and the test stops."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np

from mmlandmark.compat.rebind import rebind


def _flat_maps_are_refused(refine: Callable[..., np.ndarray]) -> bool:
    """Whether one of some maps that are flat but for rounding cannot be refined."""
    rng = np.random.default_rng(0)
    # in the middle: at the edge the codec's blur makes slopes
    maps = (0.3 + rng.normal(0, 1e-7, (400, 16, 16))).astype(np.float32)
    try:
        refine(np.full((1, 400, 2), 8, dtype=np.float32), maps, 11)
    except np.linalg.LinAlgError:
        return True
    return False


def fix_udp_codec() -> bool:
    """Leave points of flat maps where their highest pixel is; return whether MMPose fails."""
    from mmpose.codecs.utils.refinement import refine_keypoints_dark_udp as original

    if not _flat_maps_are_refused(original):
        return False

    @functools.wraps(original)
    def refine_keypoints_dark_udp(
        keypoints: np.ndarray, heatmaps: np.ndarray, blur_kernel_size: int
    ) -> np.ndarray:
        found, maps = keypoints.copy(), heatmaps.copy()  # both are changed in place
        try:
            return original(keypoints, heatmaps, blur_kernel_size)
        except np.linalg.LinAlgError:
            pass
        for k in range(found.shape[1]):
            one = found[:, k : k + 1].copy()
            try:
                one = original(one, maps[k : k + 1].copy(), blur_kernel_size)
            except np.linalg.LinAlgError:
                one = found[:, k : k + 1]
            keypoints[:, k : k + 1] = one
        return keypoints

    rebind(original, refine_keypoints_dark_udp)
    return True
