"""MMPose's codecs and what they are given, for the tests of their counterparts on the device."""

from __future__ import annotations

from typing import Any

import numpy as np

SIZE, MAP = (192, 256), (48, 64)

HEATMAPS: dict[str, dict[str, Any]] = {
    'msra': dict(type='MSRAHeatmap', input_size=SIZE, heatmap_size=MAP, sigma=2),
    'msra_broken_sigma': dict(type='MSRAHeatmap', input_size=SIZE, heatmap_size=MAP, sigma=2.4),
    'msra_odd_size': dict(
        type='MSRAHeatmap', input_size=(190, 250), heatmap_size=(41, 57), sigma=1.5
    ),
    'msra_dark': dict(
        type='MSRAHeatmap', input_size=SIZE, heatmap_size=MAP, sigma=2.0, unbiased=True
    ),
    'udp': dict(type='UDPHeatmap', input_size=SIZE, heatmap_size=MAP, sigma=2.0),
    'udp_broken_sigma': dict(type='UDPHeatmap', input_size=SIZE, heatmap_size=MAP, sigma=2.8),
    'udp_combined': dict(
        type='UDPHeatmap', input_size=SIZE, heatmap_size=MAP, heatmap_type='combined'
    ),
}
SIMCC: dict[str, dict[str, Any]] = {
    'gaussian': dict(type='SimCCLabel', input_size=SIZE),
    'rtmpose': dict(
        type='SimCCLabel', input_size=SIZE, sigma=(4.9, 5.66), simcc_split_ratio=2.0,
        normalize=False,
    ),
    'broken_ratio': dict(type='SimCCLabel', input_size=(190, 250), simcc_split_ratio=1.7),
    'one_hot': dict(type='SimCCLabel', input_size=SIZE, smoothing_type='standard'),
    'smoothed': dict(
        type='SimCCLabel', input_size=SIZE, smoothing_type='standard', label_smooth_weight=0.1
    ),
}  # fmt: skip


def labelled_points(
    codec: Any, samples: int = 2, keypoints: int = 60, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Return points (B, K, 2) float32 in and around the input and visibilities (B, K).

    Among them points far outside, on half cells and on whole ones, unlabelled ones, some of which
    are NaN, and visibilities in between.
    """
    rng = np.random.default_rng(seed)
    size = np.array(codec.input_size)
    points = rng.uniform(-0.3, 1.3, (samples, keypoints, 2)) * size
    points[:, :10] = rng.uniform(0, 1, (samples, 10, 2)) * size
    points[:, 10:20] = np.round(points[:, 10:20])
    points[:, 20:26] = np.round(points[:, 20:26] / 4) * 4 + 2
    points[:, 26] = 1e6
    points[:, 27] = -1e6
    visible = (rng.uniform(size=(samples, keypoints)) < 0.8).astype(np.float32)
    visible[:, :5] = 1
    visible[:, 30:33] = (0.3, 0.5, 0.7)
    visible[:, 33:36] = 0
    points[:, 33:36] = np.nan
    return points.astype(np.float32), visible
