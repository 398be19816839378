"""SimCC's vectors for x and y, and a number for z."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmpose.codecs import SimCCLabel
from mmpose.codecs.base import BaseKeypointCodec
from mmpose.registry import KEYPOINT_CODECS

from mmlandmark.codecs.landmark_standardization import LandmarkStandardization
from mmlandmark.errors import LandmarkError, nearest

DECODE_BY = ('peak', 'mean')


@KEYPOINT_CODECS.register_module()
class SimCCDepthLabel(BaseKeypointCodec):
    """MMPose's ``SimCCLabel`` for x and y, and the z of ``LandmarkStandardization``.

    Encoded, for N instances of K points:

    - ``keypoint_x_labels`` (N, K, Wx), ``keypoint_y_labels`` (N, K, Wy) and ``keypoint_weights``
      (N, K): those of ``SimCCLabel``; the weight of a point outside the input is 0.
    - ``depth_labels`` (N, K): standardised z, 0 where there is none.
    - ``depth_weights`` (N, K): 1 where a point is labelled with a z, inside the input or not.
    - ``depth_scales`` (N,): what z was divided by.

    A data set without ``keypoints_3d`` has no z, as one whose z are all NaN: it has labels for x
    and y only.

    Args:
        input_size: Width and height of the input, pixels.
        depth: What z is divided by: ``input``, ``dataset`` or ``raw``; see
            ``LandmarkStandardization``.
        depth_scale: For ``dataset``.
        decode_by: ``peak``: x and y are where a vector is highest, as in MMPose. ``mean``: the
            mean of its distribution, which has no steps and is nearer where the model is unsure;
            within three sigma of the border it lies inwards of the peak.
        **simcc: Options of ``SimCCLabel``, such as ``sigma`` and ``simcc_split_ratio``.

    Raises:
        LandmarkError: Settings that do not fit together.
    """

    label_mapping_table = {
        **SimCCLabel.label_mapping_table,
        'depth_labels': 'depth_labels',
        'depth_weights': 'depth_weights',
        'depth_scales': 'depth_scales',
    }

    def __init__(
        self,
        input_size: tuple[int, int],
        depth: str = 'input',
        depth_scale: float | None = None,
        decode_by: str = 'peak',
        **simcc: Any,
    ) -> None:
        super().__init__()
        if decode_by not in DECODE_BY:
            raise LandmarkError(
                f'SimCCDepthLabel: decode_by is {decode_by!r}{nearest(str(decode_by), DECODE_BY)}; '
                f'expected {" or ".join(DECODE_BY)}'
            )
        if depth in (None, 'sample'):
            raise LandmarkError(
                f'SimCCDepthLabel: depth is {depth!r}; expected input, dataset or raw, whose z '
                "can be told from a picture; without z take MMPose's SimCCLabel"
            )
        self.input_size, self.decode_by = tuple(input_size), decode_by
        self.points = SimCCLabel(self.input_size, **simcc)
        self.depths = LandmarkStandardization(self.input_size, depth, depth_scale)
        self.auxiliary_encode_keys = self.depths.auxiliary_encode_keys

    @property
    def depth(self) -> str:
        """What z is divided by."""
        return self.depths.depth

    @property
    def depth_scale(self) -> float | None:
        """The number of ``depth='dataset'``."""
        return self.depths.depth_scale

    @property
    def simcc_split_ratio(self) -> float:
        """Numbers of a vector per pixel of the input."""
        return self.points.simcc_split_ratio

    def encode(
        self,
        keypoints: np.ndarray,
        keypoints_visible: np.ndarray | None = None,
        keypoints_3d: np.ndarray | None = None,
        **sample: Any,
    ) -> dict[str, Any]:
        """Return the labels of the class docstring.

        Args:
            keypoints: (N, K, 2) pixels of the input.
            keypoints_visible: (N, K), labelled where above zero; all of them by default.
            keypoints_3d: (N, K, 3); z is its last column, NaN where there is none.
            **sample: ``input_scale`` and ``ori_shape`` for ``depth='input'``.
        """
        if keypoints_3d is None:
            keypoints_3d = np.full((*keypoints.shape[:2], 3), np.nan, dtype=keypoints.dtype)
        encoded = self.points.encode(keypoints, keypoints_visible)
        standard = self.depths.encode(keypoints, keypoints_visible, keypoints_3d, **sample)
        return {
            **encoded,
            'depth_labels': standard['keypoint_labels'][..., 2],
            'depth_weights': standard['coordinate_weights'][..., 2],
            'depth_scales': standard['depth_scales'],
        }

    def decode(
        self,
        simcc_x: np.ndarray,
        simcc_y: np.ndarray,
        depths: np.ndarray,
        depth_scales: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return points (N, K, 3), x and y in pixels of the input, and scores (N, K).

        A score is the peak of the lower of the two distributions, 1 where it is as high as that of
        a label or higher.

        Args:
            simcc_x: (N, K, Wx), 0 or more: distributions, of any sum.
            simcc_y: (N, K, Wy), alike.
            depths: (N, K) standardised z.
            depth_scales: (N,), for ``depth='input'``: what ``encode`` or ``known_depth_scales``
                gives; without them z is NaN.
        """
        vectors = [vector / vector.sum(axis=-1, keepdims=True) for vector in (simcc_x, simcc_y)]
        places = [self._place(vector) / self.simcc_split_ratio for vector in vectors]
        standard = np.stack([*(np.zeros_like(x) for x in places), depths], axis=-1)
        z = self.depths.decode(standard, depth_scales)[0][..., 2]
        peaks = [
            vector.max(axis=-1) * sigma * np.sqrt(2 * np.pi)
            for vector, sigma in zip(vectors, self.points.sigma, strict=True)
        ]
        scores = np.minimum(np.minimum(*peaks), 1.0)
        return np.stack([*places, z], axis=-1).astype(np.float32), scores.astype(np.float32)

    def _place(self, vector: np.ndarray) -> np.ndarray:
        if self.decode_by == 'peak':
            return vector.argmax(axis=-1).astype(vector.dtype)
        return vector @ np.arange(vector.shape[-1], dtype=vector.dtype)

    def known_depth_scales(self, metainfos: Sequence[Mapping[str, Any]]) -> np.ndarray | None:
        """See ``LandmarkStandardization``."""
        return self.depths.known_depth_scales(metainfos)
