"""The whole picture as the input of a model, without a box."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS


@TRANSFORMS.register_module()
class ResizePicture(BaseTransform):
    """Resizes the whole picture to the input; both sides are filled, each by its own factor.

    It takes the place of ``GetBBoxCenterScale`` and ``TopdownAffine``. The box of a sample is not
    looked at and stays for the metrics. A point at ``x`` of a picture ``w`` wide, which ends at
    ``w``, is at ``x / w * width`` of the input, so a flip test takes ``shift_coords=False``.

    Args:
        input_size: Width and height of the input, pixels.
    """

    def __init__(self, input_size: tuple[int, int]) -> None:
        self.input_size = tuple(input_size)

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Replace ``img`` and add ``transformed_keypoints`` and how to get back to the picture."""
        picture = results['img']
        height, width = picture.shape[:2]
        size = np.array([width, height], dtype=np.float32)
        factors = np.array(self.input_size, dtype=np.float32) / size
        # the mean over what a pixel covers where there are fewer, else lines fall between pixels
        method = cv2.INTER_AREA if (factors < 1).all() else cv2.INTER_LINEAR
        results['img'] = cv2.resize(picture, self.input_size, interpolation=method)
        if results.get('keypoints') is not None:
            points = results.get('transformed_keypoints', results['keypoints']).copy()
            points[..., :2] *= factors
            results['transformed_keypoints'] = points
        results['input_size'] = self.input_size
        results['input_center'], results['input_scale'] = size / 2, size
        return results
