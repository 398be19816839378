"""Stand-in for ``xtcocotools.cocoeval``: pycocotools' evaluation with any sigmas and areas."""

from __future__ import annotations

from typing import Any

import numpy as np
from pycocotools import cocoeval

# Share of a box that a body covers, used where annotations have no area.
_AREA_OF_BOX = 0.53


def _labelled(annotation: dict[str, Any]) -> int:
    return int(np.count_nonzero(np.asarray(annotation['keypoints'])[2::3] > 0))


class COCOeval(cocoeval.COCOeval):
    """Average precision of keypoints by object keypoint similarity.

    Args:
        cocoGt: The ground truth.
        cocoDt: The detections.
        iouType: ``'keypoints'``, ``'bbox'`` or ``'segm'``.
        sigmas: (K,) spread of each keypoint; COCO's 17 by default.
        use_area: Whether annotations have an area; otherwise 0.53 of the box is taken.

    Raises:
        NotImplementedError: Another ``iouType`` (crowd, whole-body and its parts).
    """

    def __init__(
        self,
        cocoGt: Any = None,  # noqa: N803 (the names that callers use)
        cocoDt: Any = None,  # noqa: N803
        iouType: str = 'keypoints',  # noqa: N803
        sigmas: Any = None,
        use_area: bool = True,
    ) -> None:
        if iouType not in ('keypoints', 'bbox', 'segm'):
            raise NotImplementedError(
                f'evaluation {iouType!r} needs the xtcocotools package (Python up to 3.11); '
                "its stand-in has 'keypoints', 'bbox' and 'segm'"
            )
        super().__init__(cocoGt, cocoDt, iouType)
        self.use_area = use_area
        if iouType == 'keypoints':
            self.sigmas = self.params.kpt_oks_sigmas if sigmas is None else np.asarray(sigmas)
            self.params.kpt_oks_sigmas = self.sigmas

    def _prepare(self) -> None:
        keypoints = self.params.iouType == 'keypoints'
        if keypoints:
            for annotation in self.cocoGt.dataset['annotations']:
                annotation.setdefault('num_keypoints', _labelled(annotation))
        super()._prepare()
        instances = [gt for group in self._gts.values() for gt in group]
        # pycocotools reads a match with the id 0 as no match.
        shift = max(0, 1 - min((gt['id'] for gt in instances), default=1))
        for key, group in self._gts.items():
            self._gts[key] = [self._own_copy(gt, shift) for gt in group]
        if keypoints:
            for key, group in self._dts.items():
                self._dts[key] = [dt for dt in group if _labelled(dt)]

    def _own_copy(self, gt: dict[str, Any], shift: int) -> dict[str, Any]:
        gt = {**gt, 'id': gt['id'] + shift}
        if self.params.iouType == 'keypoints':
            if 'area' not in gt or not self.use_area:
                gt['area'] = gt['bbox'][2] * gt['bbox'][3] * _AREA_OF_BOX
            gt['ignore'] = not _labelled(gt) or bool(gt.get('iscrowd'))
        return gt
