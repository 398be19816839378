"""Coordinates in the range of a network's answer, two or three of them a point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmpose.codecs.base import BaseKeypointCodec
from mmpose.registry import KEYPOINT_CODECS

from mmlandmark.errors import LandmarkError, nearest

DEPTHS = ('dataset', 'sample', 'raw', 'input')


@KEYPOINT_CODECS.register_module()
class LandmarkStandardization(BaseKeypointCodec):
    """Standardised coordinates: x and y from -1 to 1 over the input, z by a scale.

    ``decode`` is the exact inverse of ``encode``. All parameters are those of the config, but for
    the scales of ``depth='sample'`` and ``'input'``, which ``encode`` returns. The points are
    taken from the transformed ``keypoints``, z from ``keypoints_3d`` of the sample; neither is
    written to.

    Encoded, for N instances of K points in D = 3 (or 2) coordinates:

    - ``keypoint_labels`` (N, K, D): the standardised coordinates; 0 where not labelled.
    - ``keypoint_weights`` (N, K): 1 where a point is labelled, inside the input or not.
    - ``coordinate_weights`` (N, K, D): the same for each coordinate; 0 for a z that is NaN.
    - ``depth_scales`` (N,): what z was divided by; not where D = 2.

    Args:
        input_size: Width and height of the input, pixels.
        depth: What z is divided by. ``dataset``: one number for all samples, ``depth_scale``.
            ``sample``: the standard deviation over the labelled points of the instance, as
            published for OUHANDS; it cannot be told from a picture, so predictions have no z
            unless ``decode`` is given the scales. ``raw``: 1. ``input``: z, a share of the
            picture's width, gets the unit of x over the input, so that a crop in which the hand
            is larger has a larger z too; see ``input_depth_scale``. None: no z, D is 2.
        depth_scale: For ``dataset``, in the unit of z; `RawHands.depth_scale` of the training set
            and `ouhands2coco.py` tell one.

    Raises:
        LandmarkError: Settings that do not fit together, or samples without ``keypoints_3d``.
    """

    label_mapping_table = {
        'keypoint_labels': 'keypoint_labels',
        'keypoint_weights': 'keypoint_weights',
        'coordinate_weights': 'coordinate_weights',
        'depth_scales': 'depth_scales',
    }

    def __init__(
        self,
        input_size: tuple[int, int],
        depth: str | None = 'dataset',
        depth_scale: float | None = None,
    ) -> None:
        super().__init__()
        if depth not in (None, *DEPTHS):
            raise LandmarkError(
                f'LandmarkStandardization: depth is {depth!r}{nearest(str(depth), DEPTHS)}; '
                f'expected {", ".join(DEPTHS)} or None'
            )
        if depth == 'dataset' and depth_scale is None:
            raise LandmarkError(
                "LandmarkStandardization: depth='dataset' needs depth_scale, a number in the unit "
                'of z; ouhands2coco.py prints that of a training set'
            )
        if depth != 'dataset' and depth_scale is not None:
            raise LandmarkError(f'LandmarkStandardization: depth={depth!r} takes no depth_scale')
        if depth_scale is not None and not 0 < depth_scale < np.inf:
            raise LandmarkError(
                f'LandmarkStandardization: depth_scale is {depth_scale}; expected more than 0'
            )
        self.input_size = tuple(input_size)
        self.depth, self.depth_scale = depth, depth_scale
        self.auxiliary_encode_keys = {'keypoints_3d'} if depth else set()
        if depth == 'input':
            self.auxiliary_encode_keys |= {'input_scale', 'ori_shape'}

    def encode(
        self,
        keypoints: np.ndarray,
        keypoints_visible: np.ndarray | None = None,
        keypoints_3d: np.ndarray | None = None,
        input_scale: Sequence[float] | None = None,
        ori_shape: Sequence[int] | None = None,
    ) -> dict[str, Any]:
        """Return the labels of the class docstring.

        Args:
            keypoints: (N, K, 2) pixels of the input.
            keypoints_visible: (N, K), labelled where above zero; all of them by default.
            keypoints_3d: (N, K, 3); z is its last column, NaN where there is none. The other two,
                which are those of the untransformed picture, are not looked at.
            input_scale: Width and height of what the input shows, pixels of the picture; for
                ``depth='input'``.
            ori_shape: Height and width of the picture, pixels; for the same.
        """
        dtype = np.result_type(keypoints, np.float32)
        labelled = np.ones(keypoints.shape[:2], dtype=bool)
        if keypoints_visible is not None:
            labelled = np.asarray(keypoints_visible) > 0
        labels = keypoints[..., :2] / self._half_size - 1
        weights = np.repeat(labelled[..., None], 2, axis=-1)
        encoded = {}
        if self.depth is not None:
            depths = self._depths(keypoints, keypoints_3d)
            known = labelled & np.isfinite(depths)
            scales = self._scales(depths, known, input_scale, ori_shape)
            labels = np.concatenate([labels, (depths / scales[:, None])[..., None]], axis=-1)
            weights = np.concatenate([weights, known[..., None]], axis=-1)
            encoded['depth_scales'] = scales.astype(dtype)
        return {
            'keypoint_labels': np.where(weights, labels, 0).astype(dtype),
            'keypoint_weights': labelled.astype(np.float32),
            'coordinate_weights': weights.astype(np.float32),
            **encoded,
        }

    def decode(
        self, encoded: np.ndarray, depth_scales: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return coordinates (N, K, D), x and y in pixels of the input, and scores (N, K) of 1.

        Args:
            encoded: (N, K, D) standardised coordinates.
            depth_scales: (N,), for ``depth='sample'`` and ``'input'``; without them z is NaN.
        """
        expected = 2 if self.depth is None else 3
        if encoded.shape[-1] != expected:
            raise LandmarkError(
                f'LandmarkStandardization: {encoded.shape[-1]} coordinates a point; '
                f'depth={self.depth!r} has {expected}'
            )
        points = np.array(encoded, dtype=np.result_type(encoded, np.float32))
        points[..., :2] = (points[..., :2] + 1) * self._half_size
        if self.depth in ('sample', 'input'):
            scales = np.nan if depth_scales is None else np.asarray(depth_scales)[:, None]
            points[..., 2] *= scales
        elif self.depth == 'dataset':
            points[..., 2] *= self.depth_scale
        return points, np.ones(points.shape[:-1], dtype=np.float32)

    def known_depth_scales(self, metainfos: Sequence[Mapping[str, Any]]) -> np.ndarray | None:
        """Return what ``decode`` needs for predictions, (N,); None where nothing is.

        Args:
            metainfos: Of each sample, with ``input_scale`` and ``ori_shape``.
        """
        if self.depth != 'input':
            return None
        scales = [input_depth_scale(info['input_scale'], info['ori_shape']) for info in metainfos]
        return np.array(scales)

    @property
    def predicts_depth(self) -> bool:
        """Whether a z that is predicted can be brought into the unit of the files."""
        return self.depth not in (None, 'sample')

    @property
    def _half_size(self) -> np.ndarray:
        return np.array(self.input_size, dtype=np.float64) / 2

    def _depths(self, keypoints: np.ndarray, keypoints_3d: np.ndarray | None) -> np.ndarray:
        shape = None if keypoints_3d is None else np.shape(keypoints_3d)
        if shape != (*keypoints.shape[:2], 3):
            raise LandmarkError(
                f'LandmarkStandardization: depth={self.depth!r} needs keypoints_3d of shape '
                f'{(*keypoints.shape[:2], 3)}; the samples have {shape}. For 2-D points set '
                'depth=None'
            )
        return np.asarray(keypoints_3d)[..., 2]

    def _scales(
        self,
        depths: np.ndarray,
        known: np.ndarray,
        input_scale: Sequence[float] | None,
        ori_shape: Sequence[int] | None,
    ) -> np.ndarray:
        if self.depth == 'input':
            return np.full(len(depths), input_depth_scale(input_scale, ori_shape))
        if self.depth != 'sample':
            return np.full(len(depths), self.depth_scale or 1.0)
        spread = np.ones(len(depths))
        for row in np.flatnonzero(known.any(axis=1)):
            spread[row] = depths[row, known[row]].std(dtype=np.float64)
        # As published, depths that are all the same stay as they are.
        return np.where(spread > 0, spread, 1.0)


def input_depth_scale(
    input_scale: Sequence[float] | None, ori_shape: Sequence[int] | None
) -> float:
    """Return what divides a z in shares of the picture's width to give it the unit of x.

    Standardised x is 2 where the whole width of the input has passed, which shows
    ``input_scale[0]`` pixels of the picture.

    Args:
        input_scale: Width and height of what the input shows, pixels of the picture.
        ori_shape: Height and width of the picture, pixels.

    Raises:
        LandmarkError: One of the two is not known.
    """
    if input_scale is None or ori_shape is None:
        raise LandmarkError(
            "LandmarkStandardization: depth='input' needs input_scale and ori_shape of a sample; "
            'expected a TopdownAffine or ResizePicture before GenerateTarget, and both in the '
            'meta_keys of PackPoseInputs'
        )
    return float(input_scale[0]) / 2 / float(ori_shape[1])
