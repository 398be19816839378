"""Predictions in the channels of a union, written to be trained on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmengine.logging import MMLogger
from mmpose.registry import METRICS

from mmlandmark.annotations.pseudo_labels import PseudoLabels, write_pseudo_labels
from mmlandmark.annotations.writer import check_output
from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.metrics.packed_metric import PackedMetric
from mmlandmark.evaluation.metrics.packed_samples import (
    PackedSamples,
    distinct,
    one_table,
    texts,
)
from mmlandmark.evaluation.metrics.sample_arrays import join_rows
from mmlandmark.schemas import KeypointSchema

SAMPLES, SCHEMAS = 'samples', 'schemas'


@METRICS.register_module()
class PseudoLabelDump(PackedMetric):
    """Write the points and scores of a union model, data set by data set.

    It measures nothing and returns no figures. The model has to predict one schema for every
    sample: ``target_schema='union'``.

    Args:
        out_file: The file to write (.json).
        overwrite: Replace a file that exists.
        collect_device: See `PackedMetric`.
        collect_dir: See `PackedMetric`.

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
        super().__init__(collect_device, collect_dir=collect_dir)
        self.out_file = check_output(out_file, overwrite=overwrite)
        self.overwrite = overwrite
        self._schema: KeypointSchema | None = None

    def evaluate(self, size: int) -> dict[str, float]:
        """Write the points of a data set of ``size`` samples."""
        try:
            return super().evaluate(size)
        finally:
            self._schema = None

    def pack(self, data_samples: Sequence[Mapping[str, Any]]) -> PackedSamples:
        """See `PackedMetric.pack`."""
        schemas = []  # with the first sample of this process only
        for sample in data_samples:
            schema = _checked_schema(sample)
            if self._schema is None:
                self._schema = schema
                schemas.append(json.dumps([schema.name, *schema.keypoints]))
            if not schema.same_keypoints(self._schema):
                raise LandmarkError(
                    f'{self.out_file}: {_where(sample)} is predicted in {schema.name!r}, others in '
                    f"{self._schema.name!r}; expected target_schema='union'"
                )
        preds = [sample['pred_instances'] for sample in data_samples]
        points = join_rows([pred['keypoints'] for pred in preds])
        scores = join_rows([pred['keypoint_scores'] for pred in preds])
        columns = {
            'names': texts(sample['dataset_name'] for sample in data_samples),
            'ids': np.array([sample['id'] for sample in data_samples], np.int64),
            'values': np.concatenate([points, scores[..., None]], axis=-1),
        }
        count = len(data_samples)
        packed = one_table(SAMPLES, [1] * count, columns)
        stated = [len(schemas)] + [0] * (count - 1)
        of_process = one_table(SCHEMAS, stated, {'schema': texts(schemas)})
        return PackedSamples(count, {**packed.tables, **of_process.tables})

    def compute_metrics(self, results: PackedSamples) -> dict[str, float]:
        """Write the points."""
        if not results:
            raise LandmarkError(f'{self.out_file}: no samples were predicted, nothing is written')
        stated = [json.loads(text) for text in distinct(results.tables[SCHEMAS].columns['schema'])]
        (name, *keypoints), *others = stated
        for other, *points in others:
            if points != keypoints:
                raise LandmarkError(
                    f'{self.out_file}: samples are predicted in {other!r}, others in {name!r}; '
                    "expected target_schema='union'"
                )
        columns = results.tables[SAMPLES].columns
        labels = {
            part: _labels(part, columns, columns['names'] == part.encode())
            for part in distinct(columns['names'])
        }
        write_pseudo_labels(self.out_file, name, keypoints, labels, overwrite=self.overwrite)
        logger = MMLogger.get_current_instance()
        for part, own in labels.items():
            shares = ', '.join(f'{(own.scores >= s).mean():.0%} from {s}' for s in (0.3, 0.6, 0.9))
            logger.info(
                f'{self.out_file}: data set {part!r}: {len(own)} samples with '
                f'{len(keypoints)} points of {name!r}; scores: {shares}'
            )
        return {}


def _where(sample: Mapping[str, Any]) -> str:
    return f'annotation {sample.get("id")} of data set {sample.get("dataset_name")!r}'


def _checked_schema(sample: Mapping[str, Any]) -> KeypointSchema:
    """The keypoints that one instance of a known data set is predicted in, or an error."""
    name, id_, schema = (sample.get(key) for key in ('dataset_name', 'id', 'pred_schema'))
    if name is None or not isinstance(id_, int | np.integer) or schema is None:
        raise LandmarkError(
            f'{_where(sample)}: expected an id, a dataset_name and a pred_schema, as union heads '
            'and top-down data sets give them'
        )
    shape = tuple(sample['pred_instances']['keypoints'].shape)
    if shape != (1, schema.num_keypoints, 2):
        raise LandmarkError(
            f'{_where(sample)}: keypoints of shape {shape}; expected (1, {schema.num_keypoints}, 2)'
        )
    return schema


def _labels(name: str, columns: Mapping[str, np.ndarray], rows: np.ndarray) -> PseudoLabels:
    ids, values = columns['ids'][rows], columns['values'][rows].astype(np.float64)
    if len(np.unique(ids)) != len(ids):
        raise LandmarkError(
            f'data set {name!r}: two samples have one annotation id; expected every id once'
        )
    return PseudoLabels(ids, values[..., :2], values[..., 2])
