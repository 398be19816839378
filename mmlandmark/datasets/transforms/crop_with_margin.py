"""A crop that holds more than the input, for augmentation on the device."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from mmpose.datasets.transforms import PackPoseInputs, TopdownAffine
from mmpose.registry import TRANSFORMS
from mmpose.structures.bbox import get_udp_warp_matrix, get_warp_matrix

from mmlandmark.errors import LandmarkError
from mmlandmark.geometry.crop_warp import CropFrame
from mmlandmark.geometry.random_affine import RandomAffine


@TRANSFORMS.register_module()
class CropWithMargin(TopdownAffine):
    """Takes the place of ``RandomFlip``, ``RandomBBoxTransform`` and ``TopdownAffine``.

    It cuts out the input with a margin, from which ``AugmentingPoseDataPreprocessor`` takes what
    chance decides. Keypoints are those of ``TopdownAffine``, in pixels of the unchanged input.

    Args:
        input_size: Width and height of the input.
        use_udp: As in ``TopdownAffine``.
        affine: Options of ``RandomAffine``, the same as in the preprocessor: the margin is as
            wide as the widest change needs. None for no margin.
        margin: The margin on each side as a share of the input's side, in place of that; what an
            augmented input shows beyond it is black.
        resolution: Pixels of the crop for one of the input; above 1 keeps detail for inputs that
            are scaled up.

    Raises:
        LandmarkError: An option makes no sense.
    """

    def __init__(
        self,
        input_size: tuple[int, int],
        use_udp: bool = False,
        affine: Mapping[str, Any] | None = None,
        margin: float | None = None,
        resolution: float = 1.0,
    ) -> None:
        super().__init__(input_size=tuple(input_size), use_udp=use_udp)
        where = type(self).__name__
        for name, value, least in (('margin', margin or 0.0, 0), ('resolution', resolution, 0.1)):
            if not least <= value < 100:
                raise LandmarkError(f'{where}: {name} is {value}; expected {least} to 100')
        changes = None if affine is None else RandomAffine.from_config(affine, where)
        self.flips = changes is not None and changes.flip_prob > 0
        wide = (0.0, 0.0)
        if margin is not None:
            wide = tuple(margin * side for side in self.input_size)
        elif changes is not None:
            wide = changes.covering_margin(self.input_size)
        # one more, so that the outermost pixel of an input has all four neighbours
        pixels = tuple(math.ceil(resolution * side + 1) if side else 0 for side in wide)
        self.frame = CropFrame(self.input_size, pixels, resolution, use_udp)

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Do what ``TopdownAffine`` does; ``img`` is the crop, uint8.

        Added keys: ``crop_frames`` and ``box_shares``, which ``PackPoseInputs`` puts into the
        instances.
        """
        picture, before = results['img'], results['bbox_scale']
        if self.flips:
            self._check_weights(results)
        results = super().transform(dict(results, img=[]))  # all but the picture
        center, scale = results['input_center'], results['input_scale']
        turn = results['bbox_rotation'][0] if 'bbox_rotation' in results else 0.0
        matrix = get_udp_warp_matrix if self.use_udp else get_warp_matrix
        to_input = matrix(center, scale, turn, output_size=self.input_size)
        to_crop = (self.frame.to_crop @ np.vstack([to_input, [0, 0, 1]]))[:2]
        results['img'] = cv2.warpAffine(picture, to_crop, self.frame.size, flags=cv2.INTER_LINEAR)
        results['crop_frames'] = [self.frame]
        results['box_shares'] = (before / scale).astype(np.float64)
        table = results.get('instance_mapping_table', PackPoseInputs.instance_mapping_table)
        added = dict(crop_frames='crop_frames', box_shares='box_shares')
        results['instance_mapping_table'] = {**table, **added}
        return results

    def _check_weights(self, results: dict[str, Any]) -> None:
        """Raise unless left and right points have the same weight, since both are swapped."""
        weights, flips = results.get('dataset_keypoint_weights'), results.get('flip_indices')
        if weights is None or flips is None:
            return
        differs = np.flatnonzero(weights != np.asarray(weights)[flips])
        if len(differs):
            one = int(differs[0])
            raise LandmarkError(
                f'CropWithMargin: keypoint {one} of data set {results.get("dataset_name")!r} has '
                f'the weight {weights[one]}, and {weights[flips[one]]} the one that it changes '
                'places with in a flip; expected the same, or flip_prob=0 and RandomFlip in the '
                'pipeline'
            )

    def __repr__(self) -> str:
        """Return the name and what is cut out."""
        return f'{type(self).__name__}({self.frame})'
