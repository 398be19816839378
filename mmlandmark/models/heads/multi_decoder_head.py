"""A head with one decoder per data set over shared features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from mmengine.model import ModuleDict
from mmpose.models.heads import BaseHead
from mmpose.registry import MODELS
from torch import Tensor

from mmlandmark.codecs.device_codec import device_codec
from mmlandmark.models.heads.accuracy_interval import check_accuracy_interval
from mmlandmark.models.heads.decoder_checks import (
    check_dataset_schemas,
    check_dataset_weights,
    check_has_decoders,
    check_named,
    record_differences,
    record_of,
)
from mmlandmark.models.heads.decoder_configs import (
    decoder_configs,
    decoder_reductions,
    decoding_on_device,
    uses_simcc,
)
from mmlandmark.models.heads.decoder_loss import DecoderLossMixin
from mmlandmark.models.heads.decoder_predictions import DecoderPredictionMixin
from mmlandmark.models.heads.decoder_targets import decoder_union, find_decoder
from mmlandmark.models.heads.device_options import check_device_options
from mmlandmark.models.heads.flip_coordinates import check_flip_mode
from mmlandmark.models.heads.output_size import OutputSize
from mmlandmark.models.heads.plain_checkpoint import refuse_misfits
from mmlandmark.models.heads.schema_record import SchemaRecord
from mmlandmark.schemas import UNION, KeypointSchema, get_schema

Features = Sequence[Tensor]


@MODELS.register_module()
class MultiDecoderHead(DecoderLossMixin, DecoderPredictionMixin, BaseHead):
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
        accuracy_interval: ``acc_pose`` is computed in every so many iterations only, and missing
            from the losses of the others; see ``accuracy_is_due``.
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
        accuracy_interval: int = 1,
        init_cfg: dict | list[dict] | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self._where = type(self).__name__
        check_named(datasets, 'schema', self._where)
        self.dataset_schemas = {name: get_schema(schema) for name, schema in datasets.items()}
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
        self._reductions = decoder_reductions(self.decoders, self._where, targets == 'device')
        self.targets = targets
        self.accuracy_interval = check_accuracy_interval(accuracy_interval, self._where)
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

    def _refuse_misfits(self, state_dict: dict[str, Tensor], prefix: str, *args: Any) -> None:
        sizes = (f'{name} ({s.num_keypoints})' for name, s in self.dataset_schemas.items())
        refuse_misfits(self, f'decoders for the points of {", ".join(sizes)}', state_dict, prefix)

    def _check_target(self, test_cfg: Mapping[str, Any]) -> None:
        target = test_cfg.get('target_schema', self.target_schema)
        if target == UNION:
            decoder_union(self.dataset_schemas)
        elif target is not None:
            find_decoder(self.dataset_schemas, target)
