"""Mirror images of hands: the other hand, with the same points."""

from __future__ import annotations

from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from mmcv.transforms.utils import cache_randomness
from mmpose.registry import TRANSFORMS

from mmlandmark.errors import LandmarkError

#: What a mirror image shows of each.
OTHER_HAND = {'left': 'right', 'right': 'left'}


@TRANSFORMS.register_module()
class RandomHandFlip(BaseTransform):
    """Mirrors a picture of a hand from left to right, and all that is known of the hand.

    MMPose's ``RandomFlip`` leaves ``keypoints_3d`` and ``handedness`` as they are. Here x of both
    kinds of points is mirrored, z stays, and ``left`` becomes ``right``; a hand of which it is not
    known (None) stays so. A point at ``x`` of a picture ``w`` wide, which ends at ``w``, goes to
    ``w - x``, so a flip test takes ``shift_coords='crop'`` after ``TopdownAffine``, and False after
    ``ResizePicture``. To mirror twice changes nothing.

    It comes before all that moves the picture, since ``keypoints_3d`` are in its pixels.

    Args:
        prob: Probability of a mirror image.
    """

    def __init__(self, prob: float = 0.5) -> None:
        if isinstance(prob, bool) or not 0 <= prob <= 1:
            raise LandmarkError(f'RandomHandFlip: prob is {prob!r}; expected 0 to 1')
        self.prob = prob

    @cache_randomness
    def _is_mirrored(self) -> bool:
        return bool(np.random.rand() < self.prob)

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Mirror what is there; arrays of the data set are replaced, not written to.

        Raises:
            LandmarkError: The picture has been moved before.
        """
        if 'transformed_keypoints' in results:
            raise LandmarkError(
                'RandomHandFlip: the picture has been cropped or resized before; expected it right '
                'after LoadImage'
            )
        results['flip'] = self._is_mirrored()
        results['flip_direction'] = 'horizontal' if results['flip'] else None
        if results['flip']:
            self._mirror(results)
        return results

    def _mirror(self, results: dict[str, Any]) -> None:
        results['img'] = np.ascontiguousarray(results['img'][:, ::-1])
        width = results['img'].shape[1]
        partners = list(results['flip_indices'])
        for key in ('keypoints', 'keypoints_3d'):
            if results.get(key) is not None:
                results[key] = _mirrored(results[key][:, partners], width)
        if results.get('keypoints_visible') is not None:
            results['keypoints_visible'] = results['keypoints_visible'][:, partners]
        if results.get('bbox_center') is not None:
            results['bbox_center'] = _mirrored(results['bbox_center'], width)
        if results.get('bbox') is not None:
            box = results['bbox'].copy()
            box[..., [0, 2]] = width - box[..., [2, 0]]
            results['bbox'] = box
        if 'handedness' in results:
            results['handedness'] = OTHER_HAND.get(results['handedness'])


def _mirrored(points: np.ndarray, width: int) -> np.ndarray:
    points = points.copy()
    points[..., 0] = width - points[..., 0]
    return points
