"""The predictions of a head with one decoder per data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from mmengine.model import ModuleDict
from mmengine.structures import InstanceData, PixelData
from mmpose.structures import PoseDataSample
from torch import Tensor

from mmlandmark.models.heads.decoder_targets import (
    decoder_union,
    find_decoder,
    joined_instances,
    joined_maps,
)
from mmlandmark.models.heads.flip_coordinates import averages_coordinates, predict_both
from mmlandmark.models.heads.output_size import OutputSize
from mmlandmark.models.heads.sub_batches import take_features
from mmlandmark.models.heads.supervision import are_of_several, group_samples
from mmlandmark.schemas import UNION, KeypointSchema, SchemaUnion

Features = Sequence[Tensor]
Prediction = tuple[InstanceData, PixelData | None, KeypointSchema]


class DecoderPredictionMixin:
    """``predict`` in terms of what ``MultiDecoderHead`` sets up."""

    decoders: ModuleDict
    dataset_schemas: dict[str, KeypointSchema]
    target_schema: str | None
    _output_sizes: dict[str, OutputSize]
    _where: str

    def predict(
        self,
        feats: Features | list[Features],
        batch_data_samples: Sequence[PoseDataSample],
        test_cfg: Mapping[str, Any] | None = None,
    ) -> list[InstanceData] | tuple[list[InstanceData], list[PixelData]]:
        """Predict each sample by the decoder of its data set, or as ``target_schema`` says.

        Samples of several data sets at once (``coco+mpii``) are predicted by all decoders.

        Args:
            feats: Feature maps (N, C, H, W) of each level; a list of two such, of the images and
                of their mirror images, with ``test_cfg['flip_test']``.
            batch_data_samples: One per image. The schema of its prediction is noted in its
                metainfo as ``pred_schema``.
            test_cfg: MMPose's settings, and ``target_schema``. ``flip_mode='coordinates'``
                averages points rather than maps.

        Returns:
            Keypoints and scores of each sample in input coordinates, and the maps where
            ``test_cfg['output_heatmaps']`` asks for them.
        """
        test_cfg = test_cfg or {}
        target = test_cfg.get('target_schema', self.target_schema)
        if target is None and are_of_several(batch_data_samples, self.dataset_schemas):
            target = UNION
        if target == UNION:
            predicted = self._predict_union(feats, batch_data_samples, test_cfg)
        else:
            predicted = self._predict_groups(
                feats, batch_data_samples, test_cfg, self._groups(batch_data_samples, target)
            )
        instances, maps, schemas = zip(*predicted, strict=True)
        for sample, schema in zip(batch_data_samples, schemas, strict=True):
            sample.set_metainfo(dict(pred_schema=schema))
        return (list(instances), list(maps)) if test_cfg.get('output_heatmaps') else list(instances)

    def _groups(
        self, samples: Sequence[PoseDataSample], target: str | None
    ) -> dict[str, list[int]]:
        """Return the positions of the samples of each decoder, or of all for that of a target."""
        if target is not None:
            return {find_decoder(self.dataset_schemas, target): list(range(len(samples)))}
        return group_samples(samples, list(self.dataset_schemas), self._where)

    def _predict_groups(
        self,
        feats: Any,
        samples: Sequence[PoseDataSample],
        test_cfg: Mapping[str, Any],
        groups: Mapping[str, list[int]],
    ) -> list[Prediction]:
        """Predict each group of samples by its decoder; in the order of the samples."""
        predicted: list[Any] = [None] * len(samples)
        for name, rows in groups.items():
            part = feats if len(groups) == 1 else take_features(feats, rows)
            for row, prediction in zip(
                rows, self._predict_with(name, part, len(rows), test_cfg), strict=True
            ):
                predicted[row] = prediction
        return predicted

    def _predict_with(
        self, name: str, feats: Any, num: int, test_cfg: Mapping[str, Any]
    ) -> list[Prediction]:
        """Predict all of a batch of so many samples by the decoder of one data set."""
        schema = self.dataset_schemas[name]
        plain = feats[0] if test_cfg.get('flip_test') else feats
        self._output_sizes[name].check_once(self.decoders[name], plain)
        # MMPose reads the swaps for the flip test from the first sample, and nothing else
        flips = PoseDataSample(metainfo=dict(flip_indices=schema.flip_indices.tolist()))
        decoder, samples = self.decoders[name], [flips] * num
        if averages_coordinates(test_cfg):
            found = predict_both(decoder.predict, decoder.decoder, feats, samples, test_cfg)
        else:
            found = decoder.predict(feats, samples, test_cfg)
        instances, maps = found if isinstance(found, tuple) else (found, [None] * num)
        return [(i, m, schema) for i, m in zip(instances, maps, strict=True)]

    def _predict_union(
        self, feats: Any, samples: Sequence[PoseDataSample], test_cfg: Mapping[str, Any]
    ) -> list[Prediction]:
        """Predict all samples by all decoders."""
        union = self._union
        parts = [self._predict_with(n, feats, len(samples), test_cfg) for n in self.dataset_schemas]
        joined = []
        for found in zip(*parts, strict=True):
            instances, maps, _ = zip(*found, strict=True)
            shown = joined_maps(union, maps) if test_cfg.get('output_heatmaps') else None
            joined.append((joined_instances(union, instances), shown, union.schema))
        return joined

    @cached_property
    def _union(self) -> SchemaUnion:
        return decoder_union(self.dataset_schemas)
