"""Opening the pictures of channel keypoints."""

from __future__ import annotations

from typing import Any

from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS

from mmlandmark.annotations.pictures import read_picture
from mmlandmark.errors import LandmarkError


@TRANSFORMS.register_module()
class LoadChannelImage(BaseTransform):
    """Reads the picture of a sample, greyscale as three equal channels.

    Raises:
        LandmarkError: It is missing, damaged, or not of the size that the annotations say.
    """

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Add ``img``, (H, W, 3) uint8 BGR, and ``img_shape``."""
        picture = read_picture(results['img_path'])
        if picture.shape[:2] != tuple(results['ori_shape']):
            (height, width), (h, w) = picture.shape[:2], results['ori_shape']
            raise LandmarkError(
                f'{results["img_path"]}: the picture is {width}x{height}; the annotations of '
                f'{results["dataset_name"]!r} say {w}x{h}'
            )
        results['img'], results['img_shape'] = picture, picture.shape[:2]
        return results
