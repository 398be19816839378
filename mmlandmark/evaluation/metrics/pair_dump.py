"""Predictions beside labels, written as pairs that a converter learns from."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.logging import MMLogger
from mmpose.registry import METRICS

from mmlandmark.annotations.predicted_pairs import PredictedPair, pair_document
from mmlandmark.annotations.writer import check_output, write_json
from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.metrics.packed_metric import PackedMetric
from mmlandmark.evaluation.metrics.packed_samples import PackedSamples
from mmlandmark.evaluation.metrics.packing import refuse_dummy_labels, to_numpy
from mmlandmark.evaluation.metrics.pair_rows import Result, pack_pairs, unpack_pairs
from mmlandmark.schemas import KeypointSchema, get_schema, schema_of_metainfo

OWN_FIELDS = ('keypoints', 'keypoints_visible', 'bboxes', 'bbox_scores', 'bbox_scales')
"""Fields of ``gt_instances`` that a pair file has by another name, or does not need."""


@METRICS.register_module()
class PairDump(PackedMetric):
    """Write a file of pairs: the model's points as source, the labels as target.

    The source points are ``source_keypoints`` where a `ConvertedHead` gives them (its head's own
    points), else ``keypoints`` in the schema that the sample's ``pred_schema`` names, else in the
    data set's. Single numbers of ``gt_instances`` (``head_size``) and of the raw annotation
    (``identity``, ``area``) are kept. With several data sets each gets a file of its own,
    ``OUT.NAME.json``. It measures nothing and returns no figures.

    Args:
        out_file: The file to write (.json); an old one is replaced.
        score_thr: A predicted point counts as seen where its score is above.
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
        score_thr: float = 0.0,
        collect_device: str = 'cpu',
        collect_dir: str | None = None,
    ) -> None:
        super().__init__(collect_device, collect_dir=collect_dir)
        if Path(out_file).suffix != '.json':
            raise LandmarkError(f'{out_file}: expected a file name that ends in .json')
        check_output(out_file, overwrite=True)
        self.out_file, self.score_thr = str(out_file), score_thr

    def pack(self, data_samples: Sequence[Mapping[str, Any]]) -> PackedSamples:
        """See `PackedMetric.pack`."""
        return pack_pairs([self._pair(sample) for sample in data_samples])

    def compute_metrics(self, results: PackedSamples) -> dict[str, float]:
        """Write the pairs of each data set."""
        by_name: dict[str | None, list[Result]] = {}
        for result in unpack_pairs(results) if results else ():
            by_name.setdefault(result[0], []).append(result)
        if not by_name:
            raise LandmarkError(f'{self.out_file}: no samples were predicted, nothing is written')
        for name, members in by_name.items():
            self._write(name, members, alone=len(by_name) == 1)
        return {}

    def _write(self, name: str | None, members: list[Result], *, alone: bool) -> None:
        path = Path(self.out_file)
        if not alone:
            path = path.with_name(f'{path.stem}.{name}{path.suffix}')
        target, source = self._schema(name), members[0][1] or self._schema(name)
        for _, schema, pair in members:
            if schema is not None and not schema.same_keypoints(source):
                raise LandmarkError(
                    f'{path}: annotation {pair.id} is predicted in {schema.name!r}, others in '
                    f'{source.name!r}; expected one schema, as target_schema forces it'
                )
        pairs = [pair for _, _, pair in members]
        _check_counts(pairs, source, target, str(path))
        write_json(path, pair_document(pairs, source, target, str(path)), overwrite=True)
        seen, labelled = (
            sum(int((getattr(p, f'{side}_visible') > 0).sum()) for p in pairs)
            for side in ('source', 'target')
        )
        MMLogger.get_current_instance().info(
            f'{path}: {len(pairs)} pairs {source.name} -> {target.name}, {seen} of '
            f'{len(pairs) * source.num_keypoints} source points above the score '
            f'{self.score_thr:g}, {labelled} labelled target points'
        )

    def _schema(self, name: str | None) -> KeypointSchema:
        meta = self.dataset_meta
        return schema_of_metainfo(meta.get('datasets', {}).get(name, meta))

    def _pair(self, sample: Mapping[str, Any]) -> Result:
        pred, truth = sample['pred_instances'], sample['gt_instances']
        front = 'source_' if 'source_keypoints' in pred else ''
        points, target = to_numpy(pred[f'{front}keypoints']), to_numpy(truth['keypoints'])
        where = f'annotation {sample["id"]}'
        if len(points) != 1 or len(target) != 1:
            raise LandmarkError(
                f'{where}: {len(points)} predicted and {len(target)} labelled instances; pairs '
                'need one of each, as top-down models give them'
            )
        scores = to_numpy(pred[f'{front}keypoint_scores'])[0]
        labelled = _visibility(truth, sample.get('raw_ann_info'))
        refuse_dummy_labels(target[0], labelled, where)
        stated = sample.get('source_schema' if front else 'pred_schema')
        pair = PredictedPair(
            id=int(sample['id']),
            image_id=_image_id(sample['img_id']),
            source_points=points[0, :, :2],
            source_visible=_seen(points[0], scores, self.score_thr, where),
            scores=scores,
            target_points=target[0, :, :2],
            target_visible=labelled,
            bbox=to_numpy(truth['bboxes'])[0] if 'bboxes' in truth else None,
            image=self._image(sample),
            extra=_numbers(sample.get('raw_ann_info'), truth),
        )
        return sample.get('dataset_name'), None if stated is None else get_schema(stated), pair

    def _image(self, sample: Mapping[str, Any]) -> dict[str, Any]:
        image: dict[str, Any] = {}
        if 'img_path' in sample:
            folder = os.path.dirname(os.path.abspath(self.out_file))
            image['file_name'] = os.path.relpath(sample['img_path'], folder)
        if 'ori_shape' in sample:
            image['height'], image['width'] = (int(side) for side in sample['ori_shape'][:2])
        return image


def _check_counts(
    pairs: Sequence[PredictedPair], source: KeypointSchema, target: KeypointSchema, where: str
) -> None:
    for pair in pairs:
        for side, points, schema in (
            ('predicted', pair.source_points, source),
            ('labelled', pair.target_points, target),
        ):
            if len(points) != schema.num_keypoints:
                raise LandmarkError(
                    f'{where}: annotation {pair.id}: {len(points)} {side} keypoints, schema '
                    f'{schema.name!r} has {schema.num_keypoints}'
                )


def _seen(points: np.ndarray, scores: np.ndarray, score_thr: float, where: str) -> np.ndarray:
    """COCO's v of predicted points: 2 above the score, else 0."""
    seen = scores > score_thr
    bad = seen & ~np.isfinite(points[:, :2]).all(axis=1)
    if bad.any():
        raise LandmarkError(f'{where}: predicted keypoint {int(bad.argmax())} is not finite')
    return np.where(seen, 2, 0).astype(np.uint8)


def _visibility(truth: Mapping[str, Any], raw: Any) -> np.ndarray:
    """COCO's v of the labels, (T,) uint8: from the file where MMPose has not changed them.

    MMPose keeps only whether a point is labelled; the raw annotation also has hidden (1) or seen.
    """
    visible = to_numpy(truth['keypoints_visible'])[0]
    labelled = (visible[..., 0] if visible.ndim == 2 else visible) > 0
    values = np.where(labelled, 2, 0)
    listed = raw.get('keypoints') if isinstance(raw, Mapping) else None
    if listed is not None and len(listed) == 3 * len(values):
        in_file = np.asarray(listed, dtype=np.float64).reshape(-1, 3)
        same = np.array_equal(in_file[:, 2] > 0, labelled) and np.allclose(
            in_file[labelled, :2], to_numpy(truth['keypoints'])[0, labelled, :2], atol=1e-2
        )
        values = in_file[:, 2] if same else values
    return values.astype(np.uint8)


def _numbers(raw: Any, truth: Mapping[str, Any]) -> dict[str, Any]:
    """Single values of the raw annotation and of the labels, by name."""
    fields = dict(raw) if isinstance(raw, Mapping) else {}
    kept = {k: v for k, v in fields.items() if isinstance(v, str | int | float)}
    for name, value in truth.items():
        array = to_numpy(value) if name not in OWN_FIELDS else np.empty(0)
        if array.size == 1 and array.dtype.kind in 'fiu':
            number = array.item()
            kept[name] = number if np.isfinite(number) else None
    return kept


def _image_id(value: Any) -> int | str:
    return value if isinstance(value, str) else int(value)
