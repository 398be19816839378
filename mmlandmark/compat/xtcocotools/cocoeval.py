"""Stand-in for ``xtcocotools.cocoeval``: pycocotools' evaluation with any sigmas and areas."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import numpy as np
from pycocotools import cocoeval

# Share of a box that a body covers, used where annotations have no area.
_AREA_OF_BOX = 0.53

# What each evaluation of COCO-WholeBody reads: fields of points, and the detections' score.
_PARTS = {
    'keypoints': (('keypoints',), 'score'),
    'keypoints_crowd': (('keypoints',), 'score'),
    'keypoints_body': (('keypoints',), 'score'),
    'keypoints_foot': (('foot_kpts',), 'foot_score'),
    'keypoints_face': (('face_kpts',), 'face_score'),
    'keypoints_lefthand': (('lefthand_kpts',), 'lefthand_score'),
    'keypoints_righthand': (('righthand_kpts',), 'righthand_score'),
    'keypoints_wholebody': (
        ('keypoints', 'foot_kpts', 'face_kpts', 'lefthand_kpts', 'righthand_kpts'),
        'wholebody_score',
    ),
}
# CrowdPose (Li et al., CVPR 2019): pictures are easy, medium or hard by their crowd index.
_CROWD_LIMITS = (0.2, 0.8)


class COCOeval(cocoeval.COCOeval):
    """Average precision of keypoints by object keypoint similarity.

    Args:
        cocoGt: The ground truth.
        cocoDt: The detections.
        iouType: ``'keypoints'``, ``'bbox'``, ``'segm'``, ``'keypoints_crowd'`` or one of
            COCO-WholeBody's, such as ``'keypoints_foot'``.
        sigmas: (K,) spread of each keypoint; COCO's 17 by default.
        use_area: Whether annotations have an area; otherwise 0.53 of the box is taken.
    """

    def __init__(
        self,
        cocoGt: Any = None,  # noqa: N803 (the names that callers use)
        cocoDt: Any = None,  # noqa: N803
        iouType: str = 'keypoints',  # noqa: N803
        sigmas: Any = None,
        use_area: bool = True,
    ) -> None:
        super().__init__(cocoGt, cocoDt, 'keypoints' if iouType in _PARTS else iouType)
        self.use_area = use_area
        self.kind = iouType
        if iouType in _PARTS:
            self.sigmas = self.params.kpt_oks_sigmas if sigmas is None else np.asarray(sigmas)
            self.params.kpt_oks_sigmas = self.sigmas

    def _prepare(self) -> None:
        if self.kind in _PARTS:
            for annotation in self.cocoGt.dataset['annotations']:
                annotation.setdefault('num_keypoints', _labelled(annotation['keypoints']))
        super()._prepare()
        instances = [gt for group in self._gts.values() for gt in group]
        # pycocotools reads a match with the id 0 as no match.
        shift = max(0, 1 - min((gt['id'] for gt in instances), default=1))
        for key, group in self._gts.items():
            self._gts[key] = [self._own_copy({**gt, 'id': gt['id'] + shift}) for gt in group]
        if self.kind in _PARTS:
            for key, group in self._dts.items():
                own = [self._own_points(dt) for dt in group]
                self._dts[key] = [dt for dt in own if _labelled(dt['keypoints'])]

    def _own_points(self, instance: dict[str, Any]) -> dict[str, Any]:
        fields, score = _PARTS[self.kind]
        points = [value for field in fields for value in instance[field]]
        own = {**instance, 'keypoints': points}
        if score in instance:
            own['score'] = instance[score]
        return own

    def _own_copy(self, gt: dict[str, Any]) -> dict[str, Any]:
        if self.kind not in _PARTS:
            return gt
        gt = self._own_points(gt)
        if 'area' not in gt or not self.use_area:
            gt['area'] = gt['bbox'][2] * gt['bbox'][3] * _AREA_OF_BOX
        # CrowdPose counts visible points only, so its own number decides.
        crowd = self.kind == 'keypoints_crowd'
        count = gt['num_keypoints'] if crowd else _labelled(gt['keypoints'])
        gt['ignore'] = not count or bool(gt.get('iscrowd'))
        return gt

    def summarize(self) -> None:
        """Print the figures and keep them in ``stats``."""
        if self.kind != 'keypoints_crowd':
            super().summarize()
            return
        names = [f'{kind}{at}' for kind in ('AP', 'AR') for at in ('', ' .5', ' .75')]
        thresholds = (None, 0.5, 0.75)
        figures = [_mean(self._at('precision', t)) for t in thresholds]
        figures += [_mean(self._at('recall', t)) for t in thresholds]
        self.stats = np.array(figures + self._by_crowding())
        for name, figure in zip([*names, 'AP(E)', 'AP(M)', 'AP(H)'], self.stats, strict=True):
            print(f' {name:<6} = {figure:.3f}')

    def _at(self, quantity: str, threshold: float | None) -> np.ndarray:
        """Return precision or recall, over all areas, at one OKS threshold or at all."""
        values = self.eval[quantity][..., 0, -1]
        if threshold is None:
            return values
        return values[np.isclose(self.params.iouThrs, threshold)]

    def _by_crowding(self) -> list[float]:
        everything, images = self.params.imgIds, self.cocoGt.imgs
        level = {
            i: np.searchsorted(_CROWD_LIMITS, images[i]['crowdIndex'], 'right') for i in images
        }
        figures = []
        for wanted in range(3):
            self.params.imgIds = [i for i in images if level[i] == wanted]
            with contextlib.redirect_stdout(io.StringIO()):
                self.evaluate()
                self.accumulate()
            figures.append(round(float(np.mean(self.eval['precision'][..., 0, :])), 4))
        self.params.imgIds = everything
        return figures


def _mean(values: np.ndarray) -> float:
    """Return the mean without the entries that have no ground truth (-1); -1 where none has."""
    known = values[values > -1]
    return float(known.mean()) if known.size else -1.0


def _labelled(points: Any) -> int:
    return int(np.count_nonzero(np.asarray(points)[2::3] > 0))
