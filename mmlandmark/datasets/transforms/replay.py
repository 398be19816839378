"""Labels in a union's channels, filled up with the predictions of an earlier model.

`MultiKeypointDataset` puts both transforms into the pipeline of a member with ``replay``.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from mmpose.datasets.datasets.utils import parse_pose_metainfo

from mmlandmark.annotations.pseudo_labels import PseudoLabels
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import SchemaUnion

# What MMPose's data sets give to their pipelines out of the metainfo
_METAINFO = (
    'upper_body_ids',
    'lower_body_ids',
    'flip_pairs',
    'dataset_keypoint_weights',
    'flip_indices',
    'skeleton_links',
)


class ExpandToUnion(BaseTransform):
    """Moves a sample's labels into the channels of a union and fills the other channels.

    First in a pipeline, so that flips and all that follows see the union's points. A channel that
    the data set's own schema has is never filled, labelled or not.

    Args:
        union: The union.
        member: Its member that the data set is labelled in.
        labels: Predictions in the union's channels.
        min_score: Points with a lower score are not used.
        weight: Weight of the points that are used; own labels have 1.
    """

    def __init__(
        self,
        union: SchemaUnion,
        member: str,
        labels: PseudoLabels,
        min_score: float,
        weight: float,
    ) -> None:
        self.union, self.member, self.weight = union, member, weight
        self.confident = (labels.scores >= min_score) & ~union.labelled(member)
        self.points = labels.points.astype(np.float32)
        self._rows = {id_: row for row, id_ in enumerate(labels.ids.tolist())}
        parsed = parse_pose_metainfo(union.to_metainfo())
        self._metainfo = {key: parsed[key] for key in _METAINFO}

    def rows(self, ids: list[int]) -> np.ndarray:
        """Return where the predictions of some annotations stand; those without are left out."""
        return np.array([self._rows[id_] for id_ in ids if id_ in self._rows], dtype=np.int64)

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Replace keypoints (1, K, 2) by (1, C, 2), and their visibility (1, K) by (1, C, 2).

        The second number of the visibility is the weight, as MMPose's transforms carry it.
        """
        points, visible = self.union.scatter(
            self.member,
            results['keypoints'].astype(np.float32),
            results['keypoints_visible'].astype(np.float32),
        )
        weights = np.ones_like(visible)
        row = self._rows.get(results['id'])
        if row is not None:
            filled = self.confident[row]
            points[0, filled] = self.points[row, filled]
            visible[0, filled], weights[0, filled] = 1, self.weight
        results['keypoints'] = points
        results['keypoints_visible'] = np.stack([visible, weights], axis=-1)
        results.update(deepcopy(self._metainfo))
        return results


class WeighPseudoLabels(BaseTransform):
    """Multiplies the target weights by those of ``ExpandToUnion``; last before packing."""

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Change ``keypoint_weights``.

        Raises:
            LandmarkError: The pipeline has made no targets with weights.
        """
        weights = results.pop('keypoints_visible_weights', None)
        if weights is None or 'keypoint_weights' not in results:
            raise LandmarkError(
                'replay: the pipeline makes no keypoint_weights; expected a GenerateTarget in it'
            )
        own = results['keypoint_weights']
        if isinstance(own, list):
            results['keypoint_weights'] = [part * weights for part in own]
        else:
            results['keypoint_weights'] = own * weights
        return results
