"""Whether predictions are in the keypoints of the data set that they are measured on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.evaluator import BaseMetric

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.evaluators.routing import Sample, describe
from mmlandmark.schemas import KeypointSchema, get_schema


class PredictionSchemas:
    """Compares the keypoints of predictions with those of the data sets.

    A metric that takes predictions in other keypoints says so by an attribute
    ``takes_any_schema = True``; MMPose's `CocoMetric` says so by its ``pred_converter``.

    Args:
        metas: Name of a data set -> its metainfo.
    """

    def __init__(self, metas: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self._own = {name: _schema_of(meta) for name, meta in (metas or {}).items()}
        self._agreed: set[tuple[str, int]] = set()
        self._kept: list[Any] = []

    def check(self, dataset: str, samples: Sequence[Sample], metrics: Sequence[BaseMetric]) -> None:
        """Raise a LandmarkError where metrics would measure predictions in other keypoints."""
        own = self._own[dataset]
        strict = [metric for metric in metrics if not _takes_any(metric)]
        if own is None or not strict:
            return
        kind = type(strict[0]).__name__
        for sample in samples:
            self._check_schema(dataset, own, sample, kind)
            predicted = sample.get('pred_instances', {})
            count = predicted['keypoints'].shape[1] if 'keypoints' in predicted else None
            if count is not None and count != own.num_keypoints:
                raise LandmarkError(
                    f'{describe(sample)}: {count} predicted keypoints, but data set {dataset!r} '
                    f'has the {own.num_keypoints} of {own.name!r}, and {kind} takes no others'
                )

    def _check_schema(self, dataset: str, own: KeypointSchema, sample: Sample, kind: str) -> None:
        stated = sample.get('pred_schema')
        if stated is None or (dataset, id(stated)) in self._agreed:
            return
        predicted = get_schema(stated)
        if not predicted.same_keypoints(own):
            raise LandmarkError(
                f'{describe(sample)}: predicted in the keypoints of {predicted.name!r}, but data '
                f'set {dataset!r} is labelled in {own.name!r} and {kind} takes no others: '
                f'{predicted.differences(own)}'
            )
        self._agreed.add((dataset, id(stated)))
        # an id may be given again once its object is gone
        self._kept.append(stated)


def _takes_any(metric: BaseMetric) -> bool:
    stated = getattr(metric, 'takes_any_schema', False)
    return bool(stated or getattr(metric, 'pred_converter', None))


def _schema_of(meta: Mapping[str, Any]) -> KeypointSchema | None:
    if not any(key in meta for key in ('schema', 'keypoint_id2name', 'keypoint_info')):
        return None
    return KeypointSchema.from_metainfo(meta)
