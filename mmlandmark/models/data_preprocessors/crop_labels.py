"""Labels of a batch of crops: read from samples, moved with the pictures, written back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmlandmark.errors import LandmarkError
from mmlandmark.geometry.crop_warp import CropFrame, cut_off, move_points, to_device

POINTS = 'input_keypoints'
SWAPPED = ('input_visible', 'keypoint_weights', 'keypoints_visible_weights')
"""What goes with its keypoint in a flip."""


def read_frame(samples: Sequence[Any]) -> CropFrame | None:
    """Return the frame that all samples were cropped in; None where none was.

    Raises:
        LandmarkError: They differ.
    """
    frames = {
        sample.gt_instances.crop_frames[0]
        if 'crop_frames' in sample.get('gt_instances', ())
        else None
        for sample in samples
    }
    if len(frames) > 1:
        found = ' and '.join(sorted(map(str, frames)))
        raise LandmarkError(
            'AugmentingPoseDataPreprocessor: one batch has samples with different crops: '
            f'{found}; expected the same CropWithMargin in the pipelines of all data sets'
        )
    return frames.pop() if frames else None


def read_box_shares(samples: Sequence[Any]) -> np.ndarray:
    """Return ``box_shares`` of all samples, (B, 2)."""
    return np.concatenate([sample.gt_instances.box_shares for sample in samples])


def move_labels(
    samples: Sequence[Any], matrices: Tensor, flips: np.ndarray, frame: CropFrame
) -> None:
    """Move the labels of ``KeypointLabels`` in place; nothing is waited for.

    Keypoints that lie in the changed input but outside of the crop get the weight 0.

    Args:
        samples: B of them, of any numbers of keypoints.
        matrices: (B, 3, 3) float64 of ``change_matrices``, on the device of the labels.
        flips: (B,) bool; which samples are mirrored.
        frame: Of the crops.

    Raises:
        LandmarkError: A sample has rendered targets or no labels, or no flip indices.
    """
    for swap, positions in _groups(samples, bool(flips.any())).items():
        labels = [samples[position].gt_instance_labels for position in positions]
        chosen = matrices
        if len(positions) < len(samples):
            chosen = torch.stack([matrices[position] for position in positions])
        fields = [name for name in (POINTS, *SWAPPED) if name in labels[0]]
        values = {name: torch.cat([label.get(name) for label in labels]) for name in fields}
        if swap:
            mirrored = to_device(flips[positions], matrices.device)
            order = to_device(np.array(swap), matrices.device)
            for name, value in values.items():
                rows = mirrored.view(-1, *(1,) * (value.ndim - 1))
                values[name] = torch.where(rows, value.index_select(1, order), value)
        before = values[POINTS]
        values[POINTS] = move_points(before, chosen)
        hidden = cut_off(before, values[POINTS], frame)
        values['keypoint_weights'] = values['keypoint_weights'].masked_fill(hidden, 0)
        for name, value in values.items():
            for label, row in zip(labels, value.split(1), strict=True):
                label.set_field(row, name)


def _groups(samples: Sequence[Any], flipped: bool) -> dict[tuple[int, ...], list[int]]:
    """Return the positions of samples by what their keypoints change places with in a flip."""
    groups: dict[tuple[int, ...], list[int]] = {}
    for position, sample in enumerate(samples):
        labels = sample.get('gt_instance_labels', ())
        if POINTS not in labels:
            raise LandmarkError(
                'AugmentingPoseDataPreprocessor: sample '
                f'{sample.get("id", "without id")} ({sample.get("img_path")}) has no coordinates '
                "to move; set encoder=dict(type='KeypointLabels') in GenerateTarget of the "
                "training pipeline and targets='device' in the head"
            )
        swap = sample.get('flip_indices')
        if flipped and swap is None:
            raise LandmarkError(
                'AugmentingPoseDataPreprocessor: sample '
                f'{sample.get("id", "without id")} ({sample.get("img_path")}) has no '
                "flip_indices; expected them in meta_keys of PackPoseInputs, or affine's "
                'flip_prob=0'
            )
        count = labels.get(POINTS).shape[1]
        swap = tuple(swap) if flipped else tuple(range(count))
        groups.setdefault(swap, []).append(position)
    return groups
