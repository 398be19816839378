"""The loss of heads over the channels of a union, whatever form their output has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from mmpose.structures import PoseDataSample
from torch import Tensor, nn

from mmlandmark.geometry.product_maps import join_rows
from mmlandmark.models.heads.accuracy import row_accuracy
from mmlandmark.models.heads.accuracy_interval import accuracy_is_due
from mmlandmark.models.heads.device_labels import draw_labels
from mmlandmark.models.heads.device_options import DeviceOptionsMixin, check_labels
from mmlandmark.models.heads.output_size import OutputSize
from mmlandmark.models.heads.row_losses import (
    Rows,
    keypoint_rows,
    normalised_losses,
    sum_over_rows,
    through,
)
from mmlandmark.models.heads.supervision import Labels, collect_labels
from mmlandmark.models.heads.take_rows import take_rows
from mmlandmark.models.heads.union_channels import Group, UnionChannels
from mmlandmark.schemas import KeypointSchema, SchemaUnion


@dataclass(frozen=True)
class Supervised:
    """What a head said of the supervised keypoints of a group of samples, beside their labels.

    Args:
        labels: The labels.
        pred: The output, rows (N, ...).
        channels: The channel of each row, (N,) int64.
        absent: The output, rows (M, ...), in the channels that the group's schema has not; None
            where these are not trained.
    """

    labels: Labels
    pred: Rows
    channels: Tensor
    absent: Rows | None


class UnionLossMixin(DeviceOptionsMixin):
    """``loss`` in terms of what ``UnionMixin`` sets up and of MMPose's ``forward``."""

    simcc: ClassVar[bool] = False
    """Whether the output is SimCC's pair of vectors rather than maps."""

    union: SchemaUnion
    dataset_schemas: dict[str, KeypointSchema]
    dataset_weights: dict[str, float]
    absent_weight: float
    accuracy_interval: int
    loss_module: nn.Module
    _channels: UnionChannels
    _reduction: str
    _masked_reduction: str
    _output_size: OutputSize
    _where: str

    def loss(
        self,
        feats: Sequence[Tensor],
        batch_data_samples: Sequence[PoseDataSample],
        train_cfg: Mapping[str, Any] | None = None,
    ) -> dict[str, Tensor]:
        """Return ``loss_kpt/NAME`` of every data set and, where labelled, its ``acc_pose/NAME``.

        Args:
            feats: Feature maps (B, C, H, W) of each level.
            batch_data_samples: One per image, with its ``dataset_name`` and the codec's labels;
                a ``label_schema`` in the metainfo replaces the data set's for that sample.
            train_cfg: ``compute_acc=False`` leaves the accuracy out.

        Raises:
            LandmarkError: A sample's data set or schema is unknown, its labels do not fit, or the
                output has not the size that the codec decodes.
        """
        groups = self._label_groups(batch_data_samples)
        schemas = {group: self.union.target(group[1]) for group in groups}
        labels = self._labels(batch_data_samples, groups, schemas)
        outputs = self.forward(feats)
        self._output_size.check(outputs)
        rows = keypoint_rows(outputs, self.union.num_channels, self._where)
        found = self._supervised(rows, groups, labels)
        losses = self._losses(rows, found)
        if accuracy_is_due(self.accuracy_interval, train_cfg):
            losses |= self._accuracies(found)
        return losses

    def _label_groups(self, samples: Sequence[PoseDataSample]) -> dict[Group, list[int]]:
        """Return the positions of the samples of each data set and label schema."""
        raise NotImplementedError

    def _labels(
        self,
        samples: Sequence[PoseDataSample],
        groups: Mapping[Group, list[int]],
        schemas: Mapping[Group, KeypointSchema],
    ) -> dict[Group, Labels]:
        if self.targets == 'device':
            codecs = dict.fromkeys(groups, self.device_codec)
            losses = dict.fromkeys(groups, self.loss_module)
            return draw_labels(samples, groups, schemas, codecs, losses, self._where)
        check_labels(samples, self.targets, self._where)
        return collect_labels(samples, groups, schemas, self._where, self.simcc)

    def _supervised(
        self, rows: Rows, groups: Mapping[Group, list[int]], labels: Mapping[Group, Labels]
    ) -> dict[Group, Supervised]:
        """Take the rows that are trained out of all rows, at once for all groups."""
        device = rows[0].device
        index = self._channels.supervised_rows(groups, labels, device)
        in_place, absent = self._channels.in_place(labels), {}
        if self.absent_weight and not in_place:  # where all are supervised, none is absent
            absent = {
                (name, member): self._channels.rows(member, positions, device, absent=True)
                for (name, member), positions in groups.items()
            }
        taken = [rows]
        if not in_place:
            wanted = [*index.values(), *absent.values()]
            taken = list(zip(*(take_rows(part, wanted) for part in rows), strict=True))
        blank = dict(zip(absent, taken[len(index) :], strict=True))
        return {
            group: Supervised(
                labels[group], pred, index[group] % self.union.num_channels, blank.get(group)
            )
            for group, pred in zip(index, taken[: len(index)], strict=True)
        }

    def _losses(self, rows: Rows, found: Mapping[Group, Supervised]) -> dict[str, Tensor]:
        sums = {name: rows[0].new_zeros((), dtype=torch.float32) for name in self.dataset_schemas}
        counts = dict.fromkeys(sums, 0.0)
        for (name, _), part in found.items():
            labels = part.labels
            if len(labels.weights):
                value = self._sum(part.pred, labels.targets, labels.weights, labels.mask)
                sums[name] = sums[name] + value
                counts[name] = counts[name] + labels.count
            if part.absent is not None and len(part.absent[0]):
                blank = tuple(torch.zeros_like(rows) for rows in part.absent)
                ones = blank[0].new_ones(len(blank[0]))
                value = self._sum(part.absent, blank, ones)
                sums[name] = sums[name] + self.absent_weight * value
                counts[name] += self.absent_weight * len(ones)
        if not any(isinstance(count, Tensor) or count for count in counts.values()):
            sums = {name: value + through(rows) for name, value in sums.items()}
        return normalised_losses(sums, counts, self.dataset_weights, rows[0])

    def _sum(self, pred: Rows, target: Rows, weights: Tensor, mask: Tensor | None = None) -> Tensor:
        reduction = self._reduction if mask is None else self._masked_reduction
        return sum_over_rows(self.loss_module, reduction, pred, target, weights, mask)

    def _accuracies(self, found: Mapping[Group, Supervised]) -> dict[str, Tensor]:
        """Return the accuracy of each data set, on its labelled channels."""
        accuracies = {}
        for name in self.dataset_schemas:
            parts = [part for (dataset, _), part in found.items() if dataset == name]
            if not parts:
                continue
            accuracy = row_accuracy(
                _joined([part.pred for part in parts]),
                _joined([part.labels.targets for part in parts]),
                torch.cat([part.channels for part in parts]),
                self.union.num_channels,
                getattr(self, 'simcc_split_ratio', 1.0),
                torch.cat([part.labels.supervised() for part in parts]),
            )
            if accuracy is not None:
                accuracies[f'acc_pose/{name}'] = accuracy
        return accuracies


def _joined(parts: Sequence[Rows]) -> Rows:
    if len(parts) == 1:
        return parts[0]
    return tuple(join_rows(rows) for rows in zip(*parts, strict=True))
