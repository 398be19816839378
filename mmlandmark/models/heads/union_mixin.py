"""What heads over the channels of a union share: settings, checks and predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from mmengine.structures import InstanceData, PixelData
from mmpose.structures import PoseDataSample
from torch import Tensor

from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.models.heads.accuracy_interval import check_accuracy_interval
from mmlandmark.models.heads.decoder_checks import check_dataset_weights, check_named
from mmlandmark.models.heads.flip_coordinates import (
    averages_coordinates,
    check_flip_mode,
    predict_both,
)
from mmlandmark.models.heads.loss_reduction import loss_reduction, masked_reduction
from mmlandmark.models.heads.output_size import OutputSize
from mmlandmark.models.heads.plain_checkpoint import refuse_misfits
from mmlandmark.models.heads.schema_record import SchemaRecord
from mmlandmark.models.heads.supervision import are_of_several, describe_sample, group_samples
from mmlandmark.models.heads.union_channels import Group, Outputs, UnionChannels
from mmlandmark.models.heads.union_loss import UnionLossMixin
from mmlandmark.schemas import UNION, KeypointSchema, SchemaUnion


class UnionMixin(UnionLossMixin):
    """Turns a head of MMPose with one output per keypoint into one over a union's channels.

    A sample is trained on the channels of the schema that it is labelled in, where it has a
    label, and predicted in that schema. A class that uses this calls ``set_up_union`` at the end
    of its own ``__init__``.
    """

    def set_up_union(
        self,
        union: SchemaUnion,
        datasets: Mapping[str, str],
        dataset_weights: Mapping[str, float] | None,
        target_schema: str | None,
        absent_weight: float = 0.0,
        targets: str = 'pipeline',
        decoding: str = 'codec',
        accuracy_interval: int = 1,
    ) -> None:
        """Check and keep the settings; see ``UnionHeatmapHead``."""
        where = self._where
        check_named(datasets, 'member', where)
        self.union, self._channels = union, UnionChannels(union)
        self._members = dict(datasets)
        self.dataset_schemas = {
            name: _target(union, member, f'{where}: data set {name!r}')
            for name, member in datasets.items()
        }
        self.dataset_weights = dict(dataset_weights or {})
        check_dataset_weights(self.dataset_weights, self.dataset_schemas, where)
        self.absent_weight = absent_weight
        self.target_schema = target_schema
        self.test_cfg = {}
        self.accuracy_interval = check_accuracy_interval(accuracy_interval, where)
        self.set_up_device(targets, decoding)
        loss = self.loss_module, self.decoder, where, self.simcc
        self._reduction = loss_reduction(*loss)
        if targets == 'device':
            self._masked_reduction = masked_reduction(self._reduction, *loss)
        self._output_size = OutputSize(self.decoder, where, self.simcc)
        self.schema_record = SchemaRecord(
            union.to_json(), partial(_differences, union), f'the union {union.name!r}'
        )
        self._register_load_state_dict_pre_hook(self._refuse_misfits)

    @property
    def _where(self) -> str:
        return type(self).__name__

    @property
    def test_cfg(self) -> Mapping[str, Any]:
        """The estimator's test settings, which MMPose hands over when the model is built."""
        return self._test_cfg

    @test_cfg.setter
    def test_cfg(self, test_cfg: Mapping[str, Any]) -> None:
        target = test_cfg.get('target_schema', self.target_schema)
        if target is not None:
            _target(self.union, target, f'{self._where}: target_schema')
        check_flip_mode(test_cfg, self._where)
        self._test_cfg = test_cfg

    def check_datasets(self, names_to_schema: Mapping[str, KeypointSchema]) -> None:
        """Check that the head can be trained and tested on some data sets.

        Args:
            names_to_schema: Data set name -> schema of its labels.

        Raises:
            LandmarkError: The head does not know it, or for other keypoints; names the data set.
        """
        known = self.dataset_schemas
        for name, schema in names_to_schema.items():
            if name not in known:
                raise LandmarkError(
                    f'{self._where} does not know the data set {name!r}{nearest(name, known)}, '
                    f'only {", ".join(known)}; add it to datasets'
                )
            told = known[name].differences(schema)
            if told:
                raise LandmarkError(
                    f'{self._where}: data set {name!r} is labelled in other keypoints than '
                    f'{self._members[name]!r} of union {self.union.name!r}: {told}'
                )

    def predict(
        self,
        feats: Any,
        batch_data_samples: Sequence[PoseDataSample],
        test_cfg: Mapping[str, Any] | None = None,
    ) -> list[InstanceData] | tuple[list[InstanceData], list[PixelData]]:
        """Predict each sample in the schema of its labels, or as ``target_schema`` says.

        Samples of several data sets at once (``coco+mpii``) are predicted in the union.

        Args:
            feats: Feature maps (B, C, H, W) of each level; a list of two such, of the images and
                of their mirror images, with ``test_cfg['flip_test']``.
            batch_data_samples: One per image. The schema of its prediction is noted in its
                metainfo as ``pred_schema``.
            test_cfg: MMPose's settings, and ``target_schema``: a member's name or ``union``.
                ``flip_mode='coordinates'`` averages points rather than maps.

        Returns:
            Keypoints (1, K, 2) and scores (1, K) of each sample in input coordinates, in the
            order of its schema, and the maps where ``test_cfg['output_heatmaps']`` asks for them.

        Raises:
            LandmarkError: The target is unknown or, where none is set, a sample's data set; the
                maps have not the size that the codec decodes.
        """
        test_cfg = test_cfg or {}
        if averages_coordinates(test_cfg):
            return predict_both(self.predict, self.decoder, feats, batch_data_samples, test_cfg)
        if test_cfg.get('flip_test', False):
            plain, mirrored = (self.forward(part) for part in feats)
            outputs = self._average(plain, self._flipped(mirrored, test_cfg))
        else:
            outputs = self.forward(feats)
        self._output_size.check(outputs)
        predicted: list[Any] = [None] * len(batch_data_samples)
        maps: list[Any] = [None] * len(batch_data_samples)
        groups = self._target_groups(batch_data_samples, test_cfg)
        parts = [self._channels.outputs(outputs, *group) for group in groups.items()]
        decoded = zip(parts, self.decode_parts(parts), strict=True)
        for (member, positions), (part, instances) in zip(groups.items(), decoded, strict=True):
            if test_cfg.get('output_heatmaps', False):
                for position, shown in zip(positions, self._shown(part, instances), strict=True):
                    maps[position] = shown
            schema = self.union.target(member)
            for position, instance in zip(positions, instances, strict=True):
                predicted[position] = instance
                batch_data_samples[position].set_metainfo(dict(pred_schema=schema))
        return (predicted, maps) if test_cfg.get('output_heatmaps', False) else predicted

    def _refuse_misfits(self, state_dict: dict[str, Tensor], prefix: str, *args: Any) -> None:
        union = self.union
        points = f'the {union.num_channels} points of union {union.name!r}'
        refuse_misfits(self, points, state_dict, prefix)

    def _flipped(self, outputs: Outputs, test_cfg: Mapping[str, Any]) -> Outputs:
        """Return the output for mirror images as that for the images."""
        raise NotImplementedError

    def _shown(self, outputs: Outputs, instances: Sequence[InstanceData]) -> list[PixelData]:
        """Return the maps that go with the predictions."""
        raise NotImplementedError

    @staticmethod
    def _average(one: Outputs, two: Outputs) -> Outputs:
        if isinstance(one, Tensor):
            return (one + two) * 0.5
        return tuple((a + b) * 0.5 for a, b in zip(one, two, strict=True))

    def _label_groups(self, samples: Sequence[PoseDataSample]) -> dict[Group, list[int]]:
        """Return the positions of the samples of each data set and label schema."""
        groups: dict[Group, list[int]] = {}
        for name, positions in group_samples(samples, list(self._members), self._where).items():
            own = self._members[name]
            for position in positions:
                member = samples[position].get('label_schema', own)
                groups.setdefault((name, member), []).append(position)
        for (_, member), positions in groups.items():
            _target(self.union, member, describe_sample(samples[positions[0]]))
        return groups

    def _target_groups(
        self, samples: Sequence[PoseDataSample], test_cfg: Mapping[str, Any]
    ) -> dict[str, list[int]]:
        """Return the positions of the samples to be predicted in each member (or ``union``)."""
        target = test_cfg.get('target_schema', self.target_schema)
        if target is not None:
            _target(self.union, target, f'{self._where}: target_schema')
            return {target: list(range(len(samples)))}
        if are_of_several(samples, self._members):
            return {UNION: list(range(len(samples)))}
        groups: dict[str, list[int]] = {}
        for (_, member), positions in self._label_groups(samples).items():
            groups.setdefault(member, []).extend(positions)
        return groups


def refuse_out_channels(head: Mapping[str, Any], where: str) -> None:
    """Raise a LandmarkError where a config gives the number of channels, which the union has."""
    if 'out_channels' in head:
        raise LandmarkError(
            f'{where}: out_channels follows from the union; leave out_channels='
            f'{head["out_channels"]} out (a config that inherits it needs _delete_=True)'
        )


def _target(union: SchemaUnion, name: str, where: str) -> KeypointSchema:
    if not isinstance(name, str):
        raise LandmarkError(f'{where}: expected the name of a member, found {name!r}')
    try:
        return union.target(name)
    except LandmarkError as error:
        raise LandmarkError(f'{where}: {error}') from error


def _differences(union: SchemaUnion, content: Mapping[str, Any]) -> str:
    """Say how the union of a checkpoint's record differs; a picklable function."""
    if 'channels' not in content:
        kinds = ', '.join(content.get('decoders', ()))
        return 'it is of no union head' + (f' but has decoders for {kinds}' if kinds else '')
    return union.differences(SchemaUnion.from_json(content))
