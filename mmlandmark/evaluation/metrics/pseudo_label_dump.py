"""Predictions in the channels of a union, written to be trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric
from mmengine.logging import MMLogger
from mmpose.registry import METRICS

from mmlandmark.annotations.pseudo_labels import PseudoLabels, write_pseudo_labels
from mmlandmark.annotations.writer import check_output
from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.metrics.packing import to_numpy
from mmlandmark.schemas import KeypointSchema

Result = tuple[str, int, np.ndarray, KeypointSchema]


@METRICS.register_module()
class PseudoLabelDump(BaseMetric):
    """Write the points and scores of a union model, data set by data set.

    It measures nothing and returns no figures. The model has to predict one schema for every
    sample: ``target_schema='union'``.

    Args:
        out_file: The file to write (.json).
        overwrite: Replace a file that exists.
        collect_device: See MMEngine's `BaseMetric`.
        collect_dir: See MMEngine's `BaseMetric`.

    Raises:
        LandmarkError: The file cannot be written there.
    """

    #: Predictions need not be in the schema of the data set.
    takes_any_schema = True

    def __init__(
        self,
        out_file: str,
        overwrite: bool = False,
        collect_device: str = 'cpu',
        collect_dir: str | None = None,
    ) -> None:
        # BaseMetric warns about a missing prefix, and here are no keys that could have one
        super().__init__(collect_device, type(self).__name__, collect_dir)
        self.out_file = check_output(out_file, overwrite=overwrite)
        self.overwrite = overwrite

    def process(self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]) -> None:
        """Keep the points of each sample."""
        self.results.extend(_points(sample) for sample in data_samples)

    def compute_metrics(self, results: list[Result]) -> dict[str, float]:
        """Write the points."""
        if not results:
            raise LandmarkError(f'{self.out_file}: no samples were predicted, nothing is written')
        schema = results[0][3]
        by_name: dict[str, list[Result]] = {}
        for result in results:
            if not result[3].same_keypoints(schema):
                raise LandmarkError(
                    f'{self.out_file}: annotation {result[1]} of data set {result[0]!r} is '
                    f'predicted in {result[3].name!r}, others in {schema.name!r}; expected '
                    "target_schema='union'"
                )
            by_name.setdefault(result[0], []).append(result)
        labels = {name: _stacked(name, members) for name, members in by_name.items()}
        write_pseudo_labels(
            self.out_file, schema.name, schema.keypoints, labels, overwrite=self.overwrite
        )
        logger = MMLogger.get_current_instance()
        for name, part in labels.items():
            shares = ', '.join(f'{(part.scores >= s).mean():.0%} from {s}' for s in (0.3, 0.6, 0.9))
            logger.info(
                f'{self.out_file}: data set {name!r}: {len(part)} samples with '
                f'{schema.num_keypoints} points of {schema.name!r}; scores: {shares}'
            )
        return {}


def _points(sample: Mapping[str, Any]) -> Result:
    name, id_, schema = (sample.get(key) for key in ('dataset_name', 'id', 'pred_schema'))
    where = f'annotation {id_} of data set {name!r}'
    if name is None or not isinstance(id_, int | np.integer) or schema is None:
        raise LandmarkError(
            f'{where}: expected an id, a dataset_name and a pred_schema, as union heads and '
            'top-down data sets give them'
        )
    pred = sample['pred_instances']
    points, scores = to_numpy(pred['keypoints']), to_numpy(pred['keypoint_scores'])
    if points.shape != (1, schema.num_keypoints, 2):
        raise LandmarkError(
            f'{where}: keypoints of shape {points.shape}; expected (1, {schema.num_keypoints}, 2)'
        )
    return name, int(id_), np.concatenate([points[0], scores[0][:, None]], axis=1), schema


def _stacked(name: str, members: Sequence[Result]) -> PseudoLabels:
    ids = np.array([id_ for _, id_, _, _ in members], dtype=np.int64)
    values = np.stack([values for _, _, values, _ in members]).astype(np.float64)
    if len(np.unique(ids)) != len(ids):
        raise LandmarkError(
            f'data set {name!r}: two samples have one annotation id; expected every id once'
        )
    return PseudoLabels(ids, values[..., :2], values[..., 2])
