"""Labels of a batch whose targets are drawn on the device, for losses that count keypoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mmlandmark.codecs.device_codec import DeviceCodec
from mmlandmark.models.heads.device_options import check_labels, read_coordinates
from mmlandmark.models.heads.supervision import (
    Group,
    Labels,
    check_weights,
    supervised_positions,
)
from mmlandmark.schemas import KeypointSchema


def draw_labels(
    data_samples: Sequence[Any],
    groups: Mapping[Group, Sequence[int]],
    schemas: Mapping[Group, KeypointSchema],
    codecs: Mapping[Group, DeviceCodec],
    where: str,
) -> dict[Group, Labels]:
    """Return what ``collect_labels`` does, drawn from coordinates; supervised keypoints only.

    Args:
        data_samples: The batch, with the labels of ``KeypointLabels``.
        groups: Positions in the batch of the samples of each group.
        schemas: The schema that each group's samples are labelled in.
        codecs: What draws each group's targets.
        where: Who asks, for the message.

    Raises:
        LandmarkError: A sample has rendered targets, or not as many keypoints as its schema.
    """
    tables = {}
    for group, positions in groups.items():
        samples = [data_samples[position] for position in positions]
        check_weights(samples, schemas[group], where)
        check_labels(samples, 'device', where)
        points, visible, weights = read_coordinates(samples)
        weights, drawn = codecs[group].weigh(points, visible, weights)
        tables[group] = points.flatten(0, 1), drawn.flatten(), weights.flatten()
    kept = supervised_positions([weights for *_, weights in tables.values()])
    labels = {}
    for (group, table), index in zip(tables.items(), kept, strict=True):
        points, drawn, weights = table if index is None else (part[index] for part in table)
        labels[group] = Labels(
            codecs[group].draw(points, drawn),
            weights,
            index,
            len(groups[group]),
            schemas[group].num_keypoints,
        )
    return labels
