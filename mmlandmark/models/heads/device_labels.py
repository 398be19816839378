"""Labels of a batch whose targets are drawn on the device, for losses that count keypoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from mmlandmark.codecs.device_codec import DeviceCodec
from mmlandmark.models.heads.device_options import check_labels, read_coordinates
from mmlandmark.models.heads.row_losses import Rows
from mmlandmark.models.heads.supervision import Group, Labels, check_weights
from mmlandmark.models.losses.product_maps import takes_products
from mmlandmark.schemas import KeypointSchema


def draw_rows(codec: DeviceCodec, loss_module: nn.Module, points: Tensor, drawn: Tensor) -> Rows:
    """Return targets for a loss, one row each; not multiplied out where it can do without.

    Args:
        codec: What draws them.
        loss_module: The loss.
        points: (B, K, 2) pixels of the input.
        drawn: (B, K) bool; other targets are blank.
    """
    points, drawn = points.flatten(0, 1), drawn.flatten()
    products = codec.products(points, drawn) if takes_products(loss_module) else None
    return codec.draw(points, drawn) if products is None else (products,)


def draw_labels(
    data_samples: Sequence[Any],
    groups: Mapping[Group, Sequence[int]],
    schemas: Mapping[Group, KeypointSchema],
    codecs: Mapping[Group, DeviceCodec],
    losses: Mapping[Group, nn.Module],
    where: str,
) -> dict[Group, Labels]:
    """Return what ``collect_labels`` does, drawn from coordinates.

    All keypoints have a row, blank where the mask says that they are not supervised: to leave
    these out, the device would have to be waited for.

    Args:
        data_samples: The batch, with the labels of ``KeypointLabels``.
        groups: Positions in the batch of the samples of each group.
        schemas: The schema that each group's samples are labelled in.
        codecs: What draws each group's targets.
        losses: What each group's targets are for.
        where: Who asks, for the message.

    Raises:
        LandmarkError: A sample has rendered targets, or not as many keypoints as its schema.
    """
    labels = {}
    for group, positions in groups.items():
        samples = [data_samples[position] for position in positions]
        check_weights(samples, schemas[group], where)
        check_labels(samples, 'device', where)
        points, visible, weights = read_coordinates(samples)
        weights, drawn = codecs[group].weigh(points, visible, weights)
        mask = weights > 0
        labels[group] = Labels(
            draw_rows(codecs[group], losses[group], points, drawn & mask),
            weights.masked_fill(~mask, 0).flatten(),
            None,
            len(positions),
            schemas[group].num_keypoints,
            mask.flatten(),
        )
    return labels
