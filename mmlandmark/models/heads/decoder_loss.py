"""The loss of a head with one decoder per data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.dist import get_world_size
from mmengine.model import ModuleDict
from mmpose.structures import PoseDataSample
from torch import Tensor

from mmlandmark.codecs.device_codec import DeviceCodec
from mmlandmark.models.heads.accuracy_interval import accuracy_is_due
from mmlandmark.models.heads.decoder_accuracy import Scored, decoder_accuracies
from mmlandmark.models.heads.decoder_checks import check_own_labels, check_own_statistics
from mmlandmark.models.heads.decoder_configs import uses_simcc
from mmlandmark.models.heads.device_labels import draw_labels
from mmlandmark.models.heads.device_options import check_labels
from mmlandmark.models.heads.output_size import OutputSize
from mmlandmark.models.heads.row_losses import (
    Rows,
    keypoint_rows,
    normalised_losses,
    select_rows,
    sum_over_rows,
    through,
)
from mmlandmark.models.heads.sub_batches import split_features
from mmlandmark.models.heads.supervision import Labels, collect_labels, group_samples
from mmlandmark.schemas import KeypointSchema

Features = Sequence[Tensor]


class DecoderLossMixin:
    """``loss`` in terms of what ``MultiDecoderHead`` sets up."""

    decoders: ModuleDict
    dataset_schemas: dict[str, KeypointSchema]
    dataset_weights: dict[str, float]
    targets: str
    accuracy_interval: int
    _codecs: dict[str, DeviceCodec]
    _reductions: dict[str, str]
    _output_sizes: dict[str, OutputSize]
    _where: str

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
        groups = group_samples(batch_data_samples, list(self.dataset_schemas), self._where)
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
                decoder.loss_module,
                self._reductions[name],
                pred,
                known.targets,
                known.weights,
                known.mask,
            )
            scored[name] = Scored(pred, known, getattr(decoder, 'simcc_split_ratio', 1.0))
        counts = {name: known.count for name, known in labels.items()}
        losses = normalised_losses(sums, counts, self.dataset_weights, feats[-1])
        if accuracy_is_due(self.accuracy_interval, train_cfg):
            losses |= decoder_accuracies(scored)
        return losses

    def _labels(
        self, samples: Sequence[PoseDataSample], groups: Mapping[str, list[int]]
    ) -> dict[str, Labels]:
        if self.targets == 'device':
            losses = {name: self.decoders[name].loss_module for name in groups}
            return draw_labels(
                samples, groups, self.dataset_schemas, self._codecs, losses, self._where
            )
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
