"""Which keypoints of a batch are supervised.

A batch may hold samples of several data sets, each labelled in a schema of its own. Its keypoints
are taken apart into rows, one per keypoint of one sample; rows without a label never meet the
loss: they are left out or, where counting them would wait for the device, blank on both sides.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.models.heads.row_losses import Rows, select_rows
from mmlandmark.schemas import KeypointSchema

Group = TypeVar('Group', bound=Hashable)


@dataclass(frozen=True)
class Labels:
    """The supervised keypoints of some samples of one schema, or all with a mask.

    Args:
        targets: What the codec made of each; rows (N, ...).
        weights: The codec's weight of each, (N,), above zero where supervised.
        index: Where each stands among all keypoints of the samples, sample by sample, (N,) int64;
            None where every keypoint has a row.
        num_samples: How many samples there are.
        num_keypoints: How many keypoints a sample has.
        mask: Which rows are supervised, (N,) bool; None: all.
    """

    targets: Rows
    weights: Tensor
    index: Tensor | None
    num_samples: int
    num_keypoints: int
    mask: Tensor | None = None

    @property
    def count(self) -> int | Tensor:
        """How many keypoints are supervised; with a mask a scalar on its device."""
        return len(self.weights) if self.mask is None else self.mask.sum()

    def supervised(self) -> Tensor:
        """Return which rows are supervised, (N,) bool."""
        return self.mask if self.mask is not None else torch.ones_like(self.weights).bool()

    def keypoints(self) -> Tensor:
        """Return which keypoint of the schema each row is, (N,) int64."""
        if self.index is not None:
            return self.index % self.num_keypoints
        return torch.arange(self.num_keypoints, device=self.weights.device).repeat(self.num_samples)


def describe_sample(sample: Any) -> str:
    """Return the id and the picture of a ``PoseDataSample``, for error messages."""
    path = sample.metainfo.get('img_path')
    return f'sample {sample.metainfo.get("id", "without id")}' + (f' ({path})' if path else '')


def are_of_several(data_samples: Sequence[Any], known: Collection[str]) -> bool:
    """Return whether all samples are of several data sets at once, such as ``coco+mpii``.

    So the metainfo of a `MultiKeypointDataset` calls itself, which MMPose's inference states of
    every picture.

    Args:
        data_samples: A batch of ``PoseDataSample``.
        known: Names of the data sets that may be named.
    """
    names = {str(sample.metainfo.get('dataset_name')) for sample in data_samples}
    return bool(names) and all('+' in n and set(n.split('+')) <= set(known) for n in names)


def group_samples(
    data_samples: Sequence[Any], known: Sequence[str], where: str
) -> dict[str, list[int]]:
    """Return the positions of each data set's samples in the batch, in the order of ``known``.

    Args:
        data_samples: A batch of ``PoseDataSample`` that carry a ``dataset_name``.
        known: Names of the data sets that may occur; those without a sample are left out.
        where: Whose data sets these are, for the message.

    Raises:
        LandmarkError: A sample's data set is unknown; names the sample.
    """
    groups: dict[str, list[int]] = {name: [] for name in known}
    for position, sample in enumerate(data_samples):
        name = sample.get('dataset_name')  # .metainfo would copy a dict per sample
        if name not in groups:
            raise LandmarkError(
                f'{where}: {describe_sample(sample)} is of the data set {name!r}, known are '
                f'{", ".join(known)}{nearest(str(name), known)}'
            )
        groups[name].append(position)
    return {name: positions for name, positions in groups.items() if positions}


def collect_labels(
    data_samples: Sequence[Any],
    groups: Mapping[Group, Sequence[int]],
    schemas: Mapping[Group, KeypointSchema],
    where: str,
    simcc: bool = False,
) -> dict[Group, Labels]:
    """Return the supervised keypoints of each group of samples.

    A keypoint is supervised where the codec's weight is above zero: labelled, and inside the
    image. The device is waited for once, whatever the number of groups.

    Args:
        data_samples: The batch.
        groups: Positions in the batch of the samples of each group.
        schemas: The schema that each group's samples are labelled in.
        where: Who asks, for the message.
        simcc: Whether the labels are SimCC vectors rather than maps.

    Raises:
        LandmarkError: A sample has not as many keypoints as its schema; names the sample.
    """
    tables = {}
    for group, positions in groups.items():
        samples = [data_samples[position] for position in positions]
        check_weights(samples, schemas[group], where)
        weights = torch.cat([sample.gt_instance_labels.keypoint_weights for sample in samples])
        tables[group] = (_targets(samples, weights.shape[1], simcc), weights.flatten())
    kept = supervised_positions([weights for _, weights in tables.values()])
    labels = {}
    for (group, (targets, weights)), index in zip(tables.items(), kept, strict=True):
        labels[group] = Labels(
            select_rows(targets, index),
            weights if index is None else weights[index],
            index,
            len(groups[group]),
            schemas[group].num_keypoints,
        )
    return labels


def check_weights(samples: Sequence[Any], schema: KeypointSchema, where: str) -> None:
    """Raise a LandmarkError unless all samples have a weight for each keypoint of a schema."""
    for sample in samples:
        if 'keypoint_weights' not in sample.gt_instance_labels:
            raise LandmarkError(
                f'{where}: {describe_sample(sample)} has no labels; expected a training pipeline '
                'with GenerateTarget before PackPoseInputs'
            )
    for sample in samples:
        weight = sample.gt_instance_labels.keypoint_weights
        if weight.shape != (1, schema.num_keypoints):
            raise LandmarkError(
                f'{where}: {describe_sample(sample)} has keypoint weights of shape '
                f'{tuple(weight.shape)}, expected (1, {schema.num_keypoints}) for schema '
                f'{schema.name!r}'
            )


def _targets(samples: Sequence[Any], num_keypoints: int, simcc: bool) -> Rows:
    """Return the codec's labels of all keypoints, labelled or not."""
    if simcc:
        labels = [sample.gt_instance_labels for sample in samples]
        x = torch.cat([label.keypoint_x_labels for label in labels])
        y = torch.cat([label.keypoint_y_labels for label in labels])
        return x.flatten(0, 1)[:, None], y.flatten(0, 1)[:, None]
    maps = torch.cat([sample.gt_fields.heatmaps for sample in samples])
    return (maps.reshape(len(samples) * num_keypoints, -1, *maps.shape[1:]),)


def supervised_positions(weights: Sequence[Tensor]) -> list[Tensor | None]:
    """Return where each group's weights (N,) are above zero, None for everywhere; waits once."""
    device = weights[0].device
    flags = torch.cat([weight > 0 for weight in weights]).cpu().numpy()
    parts = np.split(flags, np.cumsum([len(weight) for weight in weights])[:-1])
    kept = [None if part.all() else np.flatnonzero(part) for part in parts]
    return [None if index is None else torch.from_numpy(index).to(device) for index in kept]
