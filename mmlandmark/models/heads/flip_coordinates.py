"""The flip test that averages points rather than maps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from mmengine.structures import InstanceData
from mmpose.codecs import UDPHeatmap
from mmpose.structures import PoseDataSample

from mmlandmark.errors import LandmarkError, nearest

COORDINATES = 'coordinates'
FLIP_MODES = ('heatmap', 'udp_combined', 'offset', COORDINATES)
"""Those of MMPose, and ours."""


def check_flip_mode(test_cfg: Mapping[str, Any], where: str) -> None:
    """Raise a LandmarkError where ``test_cfg['flip_mode']`` is unknown."""
    mode = test_cfg.get('flip_mode', FLIP_MODES[0])
    if mode not in FLIP_MODES:
        raise LandmarkError(
            f'{where}: test_cfg.flip_mode is {mode!r}{nearest(str(mode), FLIP_MODES)}; expected '
            f'one of {", ".join(FLIP_MODES)}'
        )


def averages_coordinates(test_cfg: Mapping[str, Any] | None) -> bool:
    """Whether a flip test is asked for that averages points."""
    test_cfg = test_cfg or {}
    return bool(test_cfg.get('flip_test')) and test_cfg.get('flip_mode') == COORDINATES


def predict_both(
    predict: Callable[..., Any],
    codec: Any,
    feats: Sequence[Any],
    samples: Sequence[PoseDataSample],
    test_cfg: Mapping[str, Any],
) -> Any:
    """Predict pictures and mirror images by themselves and average the points.

    A point of the mirror image stands at ``width - 1 - x`` of the input, under the name of its
    partner; where UDP's codec has decoded it, at ``width - x``, since that codec puts the last
    pixel at ``width``. ``shift_heatmap`` has no part in it. A point that only one of the two finds
    (a score above 0) is taken from that one.

    Args:
        predict: A head's ``predict``.
        codec: The codec of MMPose by which it decodes.
        feats: Features of the pictures and of their mirror images.
        samples: One per picture. The partners are those of the metainfo ``pred_schema``, which our
            heads note, else ``flip_indices``.
        test_cfg: MMPose's settings; the maps, where asked for, are those of the pictures.

    Returns:
        What the head returns, with the mean points and scores.
    """
    alone = {**test_cfg, 'flip_test': False}
    found = predict(feats[0], samples, alone)
    mirrored = predict(feats[1], samples, {**alone, 'output_heatmaps': False})
    instances = found[0] if isinstance(found, tuple) else found
    last = codec.input_size[0] - (0 if isinstance(codec, UDPHeatmap) else 1)
    for instance, other, sample in zip(instances, mirrored, samples, strict=True):
        _average(instance, other, _partners(sample), last)
    return found


def _partners(sample: PoseDataSample) -> np.ndarray:
    schema = sample.metainfo.get('pred_schema')
    return np.asarray(sample.metainfo['flip_indices'] if schema is None else schema.flip_indices)


def _average(one: InstanceData, two: InstanceData, partners: np.ndarray, last: int) -> None:
    """Put the mean of the points (1, K, 2) and scores (1, K) into the first.

    Where the first has x = 0, the second has ``last``.
    """
    points = two.keypoints[:, partners].copy()
    points[..., 0] = last - points[..., 0]
    scores = two.keypoint_scores[:, partners]
    seen = np.stack([one.keypoint_scores > 0, scores > 0]).astype(points.dtype)
    seen[:, seen.sum(axis=0) == 0] = 1
    first, second = seen / seen.sum(axis=0)
    one.keypoints = one.keypoints * first[..., None] + points * second[..., None]
    one.keypoint_scores = (one.keypoint_scores + scores) / 2
