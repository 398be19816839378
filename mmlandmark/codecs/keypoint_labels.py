"""Labels of a keypoint's place in the input, from which a head draws its targets itself."""

from __future__ import annotations

from typing import Any

import numpy as np
from mmpose.codecs.base import BaseKeypointCodec
from mmpose.registry import KEYPOINT_CODECS

from mmlandmark.errors import LandmarkError


@KEYPOINT_CODECS.register_module()
class KeypointLabels(BaseKeypointCodec):
    """The encoder of ``GenerateTarget`` for heads with ``targets='device'``.

    A few numbers a keypoint go through the loader in place of its map. The codec that says what is
    drawn stays where it was, in the head's ``decoder``.

    Encoded, for N instances of K points, all copies:

    - ``input_keypoints`` (N, K, 2): pixels of the input, of the type they come in.
    - ``input_visible`` (N, K): as given; drawn from 0.5 on.
    - ``keypoint_weights`` (N, K): the same, until ``GenerateTarget`` multiplies it by the data
      set's weights. The head sets it to 0 where a target would lie outside.
    """

    label_mapping_table = {
        'input_keypoints': 'input_keypoints',
        'input_visible': 'input_visible',
        'keypoint_weights': 'keypoint_weights',
    }

    def encode(
        self, keypoints: np.ndarray, keypoints_visible: np.ndarray | None = None
    ) -> dict[str, Any]:
        """Return the labels of the class docstring.

        Args:
            keypoints: (N, K, 2) pixels of the input.
            keypoints_visible: (N, K); ones by default.
        """
        if keypoints_visible is None:
            keypoints_visible = np.ones(keypoints.shape[:2], dtype=np.float32)
        return {
            'input_keypoints': keypoints[..., :2].copy(),
            'input_visible': keypoints_visible.copy(),
            'keypoint_weights': keypoints_visible.copy(),
        }

    def decode(self, encoded: Any) -> tuple[np.ndarray, np.ndarray]:
        """Refuse: there are no maps.

        Raises:
            LandmarkError: Always.
        """
        raise LandmarkError(
            'KeypointLabels decodes nothing; it is for GenerateTarget only. Expected the codec of '
            "the maps, such as UDPHeatmap, as the head's decoder"
        )
