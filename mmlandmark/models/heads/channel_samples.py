"""What a head for channels reads from its samples, and what it gives back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmengine.structures import InstanceData
from mmpose.structures import PoseDataSample
from torch import Tensor

from mmlandmark.errors import LandmarkError
from mmlandmark.geometry.affine import apply_affine
from mmlandmark.geometry.crop_warp import to_device
from mmlandmark.geometry.peaks import Peaks
from mmlandmark.models.heads.map_resolution import Size, map_size


def described(sample: PoseDataSample) -> str:
    """Return a sample's id and picture, for messages."""
    return f'sample {sample.get("img_id", "without id")} ({sample.get("img_path", "no path")})'


def read_meta(samples: Sequence[PoseDataSample], key: str, where: str) -> list[Any]:
    """Return what the samples' metainfo has under a name.

    Raises:
        LandmarkError: A sample lacks it; names the sample.
    """
    for sample in samples:
        if key not in sample:
            raise LandmarkError(
                f'{where}: {described(sample)} has no {key}; expected PackChannelInputs at the end '
                'of the pipeline and ChannelKeypointDetector as the model'
            )
    return [sample.get(key) for sample in samples]


def picture_mask(
    samples: Sequence[PoseDataSample], size: Size, stride: int, where: str, device: torch.device
) -> Tensor | None:
    """Return which cells of maps hold some of their picture, rather than padding of the batch.

    Args:
        samples: With ``img_shape``, the size of the input before it was padded.
        size: Height and width of the maps.
        stride: Pixels of the input per cell.
        where: Who asks, for the message.
        device: Of the result.

    Returns:
        (B, h, w) bool, or None where that is everywhere.
    """
    sizes = [map_size(shape[:2], stride) for shape in read_meta(samples, 'img_shape', where)]
    if all(each == size for each in sizes):
        return None
    rows, columns = to_device(np.array(sizes), device).unbind(1)
    inside = [torch.arange(n, device=device) < ends[:, None] for n, ends in
              zip(size, (rows, columns), strict=True)]  # fmt: skip
    return inside[0][:, :, None] & inside[1][:, None]


def labelled_points(
    samples: Sequence[PoseDataSample], channels: tuple[str, ...], where: str
) -> tuple[Tensor, Tensor]:
    """Return all keypoints of a batch and the map of each.

    Args:
        samples: With ``gt_instances.points`` (M, 2) in pixels of the input and ``channels`` (M,),
            which counts in the sample's ``channel_names``.
        channels: The order of the maps; those of a sample may stand in another.
        where: Who asks, for the message.

    Returns:
        (M, 2) float32 and (M,) int64, ``image * C + channel``.

    Raises:
        LandmarkError: A sample has no labels, or labels of other channels; names the sample.
    """
    points, maps = [], []
    names = read_meta(samples, 'channel_names', where)
    for image, (sample, own) in enumerate(zip(samples, names, strict=True)):
        labels = sample.get('gt_instances', {})
        if 'points' not in labels or 'channels' not in labels:
            raise LandmarkError(
                f'{where}: {described(sample)} has no labels; expected gt_instances with points '
                'and channels, as of PackChannelInputs'
            )
        ids = labels.channels
        if tuple(own) != channels:
            places = np.array(_positions(tuple(own), channels, sample, where))
            ids = to_device(places, ids.device)[ids]
        points.append(labels.points)
        maps.append(ids + image * len(channels))
    return torch.cat(points).float(), torch.cat(maps)


def points_in_cells(
    points: Tensor, maps: Tensor, samples: Sequence[PoseDataSample], where: str
) -> Tensor:
    """Return the keypoints (M, 2) of a batch with those on a far edge just before it.

    Both edges belong to a picture, and a cell ends before its far one: a keypoint at x = W is in no
    cell, though its mirror image at x = 0 is.

    Args:
        points: (M, 2) pixels of the input.
        maps: (M,) ``image * C + channel``.
        samples: With ``img_shape`` and ``channel_names``.
        where: Who asks, for the message.
    """
    shapes = [shape[:2][::-1] for shape in read_meta(samples, 'img_shape', where)]
    number = len(read_meta(samples[:1], 'channel_names', where)[0])
    edges = to_device(np.array(shapes, dtype=np.float32), points.device)[maps // number]
    return torch.where(points == edges, torch.nextafter(edges, torch.zeros_like(edges)), points)


def check_mirrored(
    samples: Sequence[PoseDataSample],
    channels: tuple[str, ...],
    partners: Sequence[int],
    where: str,
) -> None:
    """Raise if the data say of two channels that they swap in a mirror image, and the head not.

    Args:
        samples: With ``flip_channels`` where the data set has some.
        channels: Of the head.
        partners: Position of each in a mirror image.
        where: Who asks, for the message.

    Raises:
        LandmarkError: Maps of different channels would be averaged; names them.
    """
    own = {frozenset((channels[i], channels[j])) for i, j in enumerate(partners)}
    for pair in {tuple(pair) for sample in samples for pair in sample.get('flip_channels', ())}:
        if frozenset(pair) not in own:
            raise LandmarkError(
                f'{where}: flip_test, and the data set says that {pair[0]!r} and {pair[1]!r} swap '
                'in a mirror image; expected them in flip_channels of the head too'
            )


def picture_instances(
    peaks: Peaks,
    samples: Sequence[PoseDataSample],
    channels: tuple[str, ...],
    stride: int,
    where: str,
) -> list[InstanceData]:
    """Return the peaks of each picture, in its own coordinates and channels.

    Args:
        peaks: In cells, sorted by image, channel and falling score.
        samples: One per image, with ``img_shape``, ``to_picture`` and ``channel_names``.
        channels: The order of the maps; those of a sample may stand in another.
        stride: Pixels of the input per cell.
        where: Who asks, for the message.

    Returns:
        Of each image ``points`` (P, 2) float32 in pixels of the picture, ``channels`` (P,) int64,
        which counts in the sample's ``channel_names`` as its labels do, and ``scores`` (P,)
        float32, numpy arrays, sorted by channel and falling score.

    Raises:
        LandmarkError: A sample has other channels; names it.
    """
    peaks = _in_own_channels(peaks.cpu(), samples, channels, where)
    points, batch, channel, scores = (field.numpy() for field in peaks)
    shapes = np.array([shape[:2] for shape in read_meta(samples, 'img_shape', where)])
    matrices = np.stack([np.asarray(m) for m in read_meta(samples, 'to_picture', where)])
    # the last cell of a map may reach beyond the picture
    inside = np.minimum(points.astype(np.float64) * stride, shapes[batch, ::-1])
    found = apply_affine(inside[:, None], matrices[batch])[:, 0].astype(np.float32)
    ends = np.searchsorted(batch, np.arange(1, len(samples)))
    parts = (np.split(array, ends) for array in (found, channel, scores.astype(np.float32)))
    return [
        InstanceData(points=one, channels=two, scores=three)
        for one, two, three in zip(*parts, strict=True)
    ]


def _in_own_channels(
    peaks: Peaks, samples: Sequence[PoseDataSample], channels: tuple[str, ...], where: str
) -> Peaks:
    """Let the channels of the peaks count in what each sample says, sorted by them."""
    names = [tuple(own) for own in read_meta(samples, 'channel_names', where)]
    if all(own == channels for own in names):
        return peaks
    places = [
        np.argsort(_positions(own, channels, sample, where))
        for own, sample in zip(names, samples, strict=True)
    ]
    channel = torch.from_numpy(np.stack(places))[peaks.batch, peaks.channel]
    # stable: scores still fall within a channel
    order = (peaks.batch * len(channels) + channel).argsort(stable=True)
    return Peaks(*(field[order] for field in peaks._replace(channel=channel)))


def _positions(
    own: tuple[str, ...], channels: tuple[str, ...], sample: PoseDataSample, where: str
) -> list[int]:
    if sorted(own) != sorted(channels):
        raise LandmarkError(
            f'{where}: {described(sample)} has the channels {", ".join(own)}, the head '
            f'{", ".join(channels)}; expected the same'
        )
    return [channels.index(name) for name in own]
