"""A head with one decoder per data set over shared features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from typing import Any

from mmengine.dist import get_world_size
from mmengine.model import ModuleDict
from mmengine.structures import InstanceData, PixelData
from mmpose.models.heads import BaseHead
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample
from torch import Tensor

from mmlandmark.codecs.device_codec import device_codec
from mmlandmark.models.heads.decoder_accuracy import Scored, decoder_accuracies
from mmlandmark.models.heads.decoder_checks import (
    check_dataset_schemas,
    check_dataset_weights,
    check_has_decoders,
    check_own_labels,
    check_own_statistics,
    record_differences,
    record_of,
)
from mmlandmark.models.heads.decoder_configs import (
    decoder_configs,
    decoder_reductions,
    decoding_on_device,
    uses_simcc,
)
from mmlandmark.models.heads.decoder_targets import (
    decoder_union,
    find_decoder,
    joined_instances,
    joined_maps,
)
from mmlandmark.models.heads.device_labels import draw_labels
from mmlandmark.models.heads.device_options import check_device_options, check_labels
from mmlandmark.models.heads.flip_coordinates import (
    averages_coordinates,
    check_flip_mode,
    predict_both,
)
from mmlandmark.models.heads.output_size import OutputSize
from mmlandmark.models.heads.plain_checkpoint import refuse_misfits
from mmlandmark.models.heads.schema_record import SchemaRecord
from mmlandmark.models.heads.sub_batches import split_features, take_features
from mmlandmark.models.heads.supervision import (
    Labels,
    Rows,
    collect_labels,
    group_samples,
    keypoint_rows,
    normalised_losses,
    select_rows,
    sum_over_rows,
    through,
)
from mmlandmark.schemas import UNION, KeypointSchema, SchemaUnion, get_schema

Features = Sequence[Tensor]
Prediction = tuple[InstanceData, PixelData | None, KeypointSchema]


@MODELS.register_module()
class MultiDecoderHead(BaseHead):
    """One decoder per data set.

    Each decoder is a whole MMPose head and sees the samples of its own data set only, in training
    and in testing: the cost does not grow with the number of decoders, and normalisation layers
    keep statistics of their own data set.

    Args:
        datasets: Data set name -> schema of its labels, in any form that ``get_schema`` takes.
        decoder_head: Config of a heatmap, SimCC or RTMCC head without ``out_channels``, which
            follows from the schema.
        decoders: Data set name -> settings that replace those of ``decoder_head`` there.
        dataset_weights: Data set name -> weight of its loss, 1 by default.
        target_schema: Predict this schema for every sample: a schema's name (or a data set's,
            where several share a schema), or ``union`` for the points of all decoders. By default
            each sample is predicted in its own schema. ``test_cfg`` may say otherwise.
        targets: ``pipeline``: drawn by ``GenerateTarget``. ``device``: drawn by the head from the
            coordinates of the encoder ``KeypointLabels``, as each decoder's codec says.
        decoding: ``codec``: by MMPose's codec, sample by sample. ``device``: each decoder's batch
            on its device, with one copy back.
        init_cfg: As in MMEngine; the decoders initialise themselves.

    Raises:
        LandmarkError: A data set, schema, decoder setting or target schema is unknown, or two
            schemas of one name differ.
    """

    def __init__(
        self,
        datasets: Mapping[str, Any],
        decoder_head: Mapping[str, Any],
        decoders: Mapping[str, Mapping[str, Any]] | None = None,
        dataset_weights: Mapping[str, float] | None = None,
        target_schema: str | None = None,
        targets: str = 'pipeline',
        decoding: str = 'codec',
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.dataset_schemas = {name: get_schema(schema) for name, schema in datasets.items()}
        self._where = type(self).__name__
        check_dataset_schemas(self.dataset_schemas, self._where)
        # first, so that it is compared before any weight of a checkpoint is taken over
        self.schema_record = SchemaRecord(
            record_of(self.dataset_schemas),
            partial(record_differences, self.dataset_schemas),
            f'decoders for {", ".join(self.dataset_schemas)}',
        )
        self._register_load_state_dict_pre_hook(self._refuse_misfits)
        configs = decoder_configs(self.dataset_schemas, decoder_head, decoders or {}, self._where)
        check_device_options(targets, decoding, self._where)
        if decoding == 'device':
            configs = decoding_on_device(configs, self._where)
        self.decoders = ModuleDict({name: MODELS.build(cfg) for name, cfg in configs.items()})
        self._reductions = decoder_reductions(self.decoders, self._where)
        self.targets = targets
        self._codecs = {}
        if targets == 'device':
            self._codecs = {
                name: device_codec(head.decoder, f'{self._where}, decoder {name!r}')
                for name, head in self.decoders.items()
            }
        self._output_sizes = {
            name: OutputSize(head.decoder, f'{self._where}, decoder {name!r}', uses_simcc(head))
            for name, head in self.decoders.items()
        }
        self.dataset_weights = dict(dataset_weights or {})
        check_dataset_weights(self.dataset_weights, self.dataset_schemas, self._where)
        self.target_schema = target_schema
        self.test_cfg = {}

    @property
    def test_cfg(self) -> dict[str, Any]:
        """The estimator's test settings, which it hands over when it is built."""
        return self._test_cfg

    @test_cfg.setter
    def test_cfg(self, test_cfg: Mapping[str, Any]) -> None:
        self._check_target(test_cfg)
        check_flip_mode(test_cfg, self._where)
        self._test_cfg = test_cfg

    def check_datasets(self, names_to_schema: Mapping[str, KeypointSchema]) -> None:
        """Check that there is a fitting decoder for each of some data sets.

        Args:
            names_to_schema: Data set name -> schema of its labels.

        Raises:
            LandmarkError: There is none, or it is for other keypoints; names the data set.
        """
        check_has_decoders(self.dataset_schemas, names_to_schema, self._where)

    def forward(self, feats: Features) -> dict[str, Any]:
        """Return what every decoder makes of all samples, by data set."""
        return {name: decoder(feats) for name, decoder in self.decoders.items()}

    def predict(
        self,
        feats: Features | list[Features],
        batch_data_samples: Sequence[PoseDataSample],
        test_cfg: Mapping[str, Any] | None = None,
    ) -> list[InstanceData] | tuple[list[InstanceData], list[PixelData]]:
        """Predict each sample by the decoder of its data set, or as ``target_schema`` says.

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

    def loss(
        self,
        feats: Features,
        batch_data_samples: Sequence[PoseDataSample],
        train_cfg: Mapping[str, Any] | None = None,
    ) -> dict[str, Tensor]:
        """Return ``loss_kpt/NAME`` of every data set and, where labelled, its ``acc_pose/NAME``.

        Args:
            feats: Feature maps (N, C, H, W) of each level.
            batch_data_samples: One per image, with its ``dataset_name`` and the codec's labels.
            train_cfg: ``compute_acc=False`` leaves the accuracy out.

        Raises:
            LandmarkError: A sample is of a data set without a decoder, or its labels do not fit.
        """
        if get_world_size() > 1:
            check_own_statistics(self.decoders, self._where)
        groups = self._groups(batch_data_samples, None)
        check_own_labels(batch_data_samples, groups, self.dataset_schemas, self._where)
        labels = self._labels(batch_data_samples, groups)
        parts = dict(zip(groups, split_features(feats, list(groups.values())), strict=True))
        sums, scored = {}, {}
        for name, decoder in self.decoders.items():
            if name not in groups:
                sums[name] = through(list(decoder.parameters()))
                continue
            pred, known = self._supervised_rows(name, parts[name], labels[name]), labels[name]
            sums[name] = sum_over_rows(
                decoder.loss_module, self._reductions[name], pred, known.targets, known.weights
            )
            scored[name] = Scored(pred, known, getattr(decoder, 'simcc_split_ratio', 1.0))
        counts = {name: known.count for name, known in labels.items()}
        losses = normalised_losses(sums, counts, self.dataset_weights, feats[-1])
        if (train_cfg or {}).get('compute_acc', True):
            losses |= decoder_accuracies(scored)
        return losses

    def _labels(
        self, samples: Sequence[PoseDataSample], groups: Mapping[str, list[int]]
    ) -> dict[str, Labels]:
        if self.targets == 'device':
            return draw_labels(samples, groups, self.dataset_schemas, self._codecs, self._where)
        check_labels(samples, self.targets, self._where)
        labels = {}
        for simcc in (False, True):
            of_kind = {n: r for n, r in groups.items() if uses_simcc(self.decoders[n]) == simcc}
            if of_kind:
                labels |= collect_labels(samples, of_kind, self.dataset_schemas, self._where, simcc)
        return labels

    def _supervised_rows(self, name: str, feats: Features, labels: Labels) -> Rows:
        outputs = self.decoders[name](feats)
        self._output_sizes[name].check(outputs, feats)
        rows = keypoint_rows(outputs, labels.num_keypoints, f'{self._where}, decoder {name!r}')
        return select_rows(rows, labels.index)

    def _groups(
        self, samples: Sequence[PoseDataSample], target: str | None
    ) -> dict[str, list[int]]:
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

    def _refuse_misfits(self, state_dict: dict[str, Tensor], prefix: str, *args: Any) -> None:
        sizes = (f'{name} ({s.num_keypoints})' for name, s in self.dataset_schemas.items())
        refuse_misfits(self, f'decoders for the points of {", ".join(sizes)}', state_dict, prefix)

    def _check_target(self, test_cfg: Mapping[str, Any]) -> None:
        target = test_cfg.get('target_schema', self.target_schema)
        if target == UNION:
            decoder_union(self.dataset_schemas)
        elif target is not None:
            find_decoder(self.dataset_schemas, target)

    @cached_property
    def _union(self) -> SchemaUnion:
        return decoder_union(self.dataset_schemas)
