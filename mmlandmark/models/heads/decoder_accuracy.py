"""The accuracy of several decoders at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from mmlandmark.models.heads.accuracy import keypoint_pck, map_peaks, row_accuracy, row_peaks
from mmlandmark.models.heads.row_losses import Rows
from mmlandmark.models.heads.supervision import Labels


@dataclass(frozen=True)
class Scored:
    """What a decoder gave for its supervised keypoints, and what it should have given.

    Args:
        pred: The decoder's rows.
        labels: The supervised keypoints, of as many rows.
        simcc_split_ratio: Bins per pixel of SimCC vectors.
    """

    pred: Rows
    labels: Labels
    simcc_split_ratio: float = 1.0


def decoder_accuracies(scored: Mapping[str, Scored]) -> dict[str, Tensor]:
    """Return ``acc_pose/NAME`` of each decoder that has one; see ``row_accuracy``.

    Nothing waits for the device: where labels have a mask, a data set without a label has the
    accuracy 0 rather than none. Decoders with maps of one size, which is the usual case, are
    measured together: a few small operations on the device instead of as many for each.
    """
    shapes = {one.pred[0].shape[1:] for one in scored.values()}
    counted = {name: one for name, one in scored.items() if len(one.labels.weights)}
    if len(shapes) == 1 and all(_has_one_map(one) for one in counted.values()):
        return _accuracies_of_maps(counted) if counted else {}
    found = {
        f'acc_pose/{name}': row_accuracy(
            one.pred,
            one.labels.targets,
            one.labels.keypoints(),
            one.labels.num_keypoints,
            one.simcc_split_ratio,
            one.labels.mask,
        )
        for name, one in counted.items()
    }
    return {key: value for key, value in found.items() if value is not None}


def _has_one_map(one: Scored) -> bool:
    """Whether each keypoint has a map, and not three or SimCC's vectors."""
    return len(one.pred) == 1 and one.pred[0].shape[1] == 1


def _accuracies_of_maps(scored: Mapping[str, Scored]) -> dict[str, Tensor]:
    """Return the accuracies of decoders whose maps (N, 1, H, W) have one size."""
    labels = [one.labels for one in scored.values()]
    numbers = [known.num_keypoints for known in labels]
    with torch.no_grad():
        pred = [one.pred[0][:, 0] for one in scored.values()]
        peaks = [map_peaks(*pred), torch.cat([row_peaks(known.targets[0]) for known in labels])]
        keypoints = torch.cat(
            [known.keypoints() + sum(numbers[:i]) for i, known in enumerate(labels)]
        )
        size = tuple(pred[0].shape[1:])
        mask = torch.cat([known.supervised() for known in labels])
        shares, present = keypoint_pck(*peaks, size, keypoints, sum(numbers), mask=mask)
        parts = [part.split(numbers) for part in (shares, present)]
        sums, counts = (torch.stack([one.sum() for one in part]) for part in parts)
        means = sums / counts.clamp(min=1)
    return {f'acc_pose/{name}': mean for name, mean in zip(scored, means.unbind(), strict=True)}
