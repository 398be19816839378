"""Pictures with any number of keypoints in each channel."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mmengine.dataset import BaseDataset
from mmengine.logging import print_log
from mmpose.registry import DATASETS

from mmlandmark.annotations.channel_config import (
    ChannelConfig,
    check_flip_channels,
    parse_channels,
)
from mmlandmark.annotations.channel_file import read_channel_file
from mmlandmark.annotations.channel_pictures import ChannelPictures
from mmlandmark.annotations.channel_split import split_pictures
from mmlandmark.datasets.random_transforms import refuse_random
from mmlandmark.errors import LandmarkError
from mmlandmark.geometry.affine import identity_affine


@DATASETS.register_module()
class ChannelKeypointDataset(BaseDataset):
    """Pictures and their keypoints by channel, from the published JSON or a COCO file.

    A coordinate is measured from the upper left corner of the picture, in pixels: pixel (i, j)
    covers [i, i + 1) x [j, j + 1). In the pipeline a sample is a dict of ``img_path``, ``img_id``
    (position in the data set), ``channel_names`` (C names), ``channel_points`` (M, 2) float32,
    ``channel_ids`` (M,) int64, ``channel_depths`` (M,) float32 with NaN for none, ``ori_shape``
    (h, w), ``to_picture`` (2, 3) float64 from the input back to the picture, ``dropped_points``
    (C,) int64, ``dataset_name`` and ``flip_channels``.

    Args:
        ann_file: The file, relative to ``data_root``.
        data_root: Folder of the data.
        data_prefix: ``dict(img=...)``: folder of the pictures in ``data_root``. Without this and
            ``data_root`` it is that of ``ann_file``.
        channels: Which keypoints feed which channel, see `annotations.channel_config`; None: every
            key of the published JSON, every keypoint of a COCO file.
        format: ``auto``, ``json`` (published) or ``coco``.
        origin: Of the published JSON: ``bottom-left`` or ``top-left``.
        min_visibility: Of COCO: 1 all that are labelled, 2 only those that are seen.
        outside: ``error``, or ``drop`` for keypoints outside their picture, counted in the log.
        max_keypoints: The most that a channel of a picture may hold, for all or by channel.
        split: ``train`` or ``val``: a part of the file; None: all of it.
        split_file: Text file of the pictures for validation, or ``dict(train=..., val=...)`` of
            two, relative to ``data_root``; see `annotations.channel_split`. None: by seed.
        val_fraction: By seed: share of the pictures for validation.
        seed: By seed: another one is another split.
        check_pictures: For COCO: look at the sizes of all pictures when the file is read; else a
            picture that is missing or of another size is an error only once it is opened.
        flip_channels: Pairs of channels that swap in a mirror image.
        dataset_name: Name in the metainfo and in messages.
        **options: ``pipeline``, ``test_mode``, ``indices`` and so on, as other data sets; with
            ``test_mode``, and for the part ``val``, the pipeline may hold no random transform.

    Attributes:
        pictures: The part of the file that the data set holds; None until it is read.

    Raises:
        LandmarkError: Anything wrong with the file or the options, in one line.
    """

    def __init__(
        self,
        ann_file: str,
        *,
        data_root: str = '',
        data_prefix: Mapping[str, str] | None = None,
        channels: ChannelConfig | None = None,
        format: str = 'auto',
        origin: str = 'bottom-left',
        min_visibility: int = 1,
        outside: str = 'error',
        max_keypoints: int | Mapping[str, int] | None = None,
        split: str | None = None,
        split_file: str | Mapping[str, str] | None = None,
        val_fraction: float = 0.2,
        seed: int = 0,
        check_pictures: bool = True,
        flip_channels: Sequence[Sequence[str]] = (),
        dataset_name: str = 'channels',
        **options: Any,
    ) -> None:
        self.channels, self.flip_channels = channels, flip_channels
        self.reading = {
            'format': format,
            'origin': origin,
            'min_visibility': min_visibility,
            'outside': outside,
            'max_keypoints': max_keypoints,
            'check_pictures': check_pictures,
        }
        if split is None and split_file is not None:
            raise LandmarkError(f'{dataset_name}: split_file without split; expected train or val')
        self.split, self.split_file = split, split_file
        self.by_seed = {'val_fraction': val_fraction, 'seed': seed}
        self.pictures: ChannelPictures | None = None
        lazy = options.pop('lazy_init', False)
        super().__init__(
            ann_file=str(ann_file),
            data_root=data_root,
            data_prefix=dict(data_prefix or {'img': ''}),
            lazy_init=True,
            **options,
        )
        self._metainfo = {'dataset_name': dataset_name}
        if channels is not None:
            self._set_channels(tuple(parse_channels(channels)))
        if self.test_mode or split == 'val':
            why = 'test_mode=True' if self.test_mode else "split='val'"
            refuse_random(self.pipeline.transforms, dataset_name, why)
        if not lazy:
            self.full_init()

    def load_data_list(self) -> list[dict[str, Any]]:
        """Return one dict per picture; see the class."""
        root = self._root()
        pictures = read_channel_file(self.ann_file, root, channels=self.channels, **self.reading)
        if self.split is not None:
            pictures = pictures.select(
                split_pictures(
                    pictures, self.split, root, files=self._split_files(), **self.by_seed
                )
            )
        self.pictures = pictures
        self._set_channels(pictures.channels)
        for line in summary(pictures, self.split):
            print_log(line, logger='current')
        return [self._sample(index) for index in range(len(pictures))]

    def _root(self) -> str:
        return self.data_prefix['img'] or os.path.dirname(self.ann_file)

    def _split_files(self) -> str | dict[str, str] | None:
        if isinstance(self.split_file, Mapping):
            return {
                part: os.path.join(self.data_root, file) for part, file in self.split_file.items()
            }
        return self.split_file and os.path.join(self.data_root, self.split_file)

    def _set_channels(self, channels: tuple[str, ...]) -> None:
        self._metainfo['channels'] = channels
        self._metainfo['flip_channels'] = check_flip_channels(
            self.flip_channels, channels, self._metainfo['dataset_name']
        )

    def _sample(self, index: int) -> dict[str, Any]:
        pictures = self.pictures
        rows = pictures.rows(index)
        width, height = pictures.sizes[index].tolist()
        return {
            'img_path': os.path.join(self._root(), pictures.files[index]),
            'img_id': index,
            'channel_names': pictures.channels,
            'channel_points': pictures.points[rows].astype(np.float32),
            'channel_ids': pictures.channel_ids[rows],
            'channel_depths': pictures.depths[rows].astype(np.float32),
            'ori_shape': (height, width),
            'to_picture': identity_affine(),
            'dropped_points': np.zeros(len(pictures.channels), dtype=np.int64),
            'dataset_name': self._metainfo['dataset_name'],
            'flip_channels': self._metainfo['flip_channels'],
        }


def summary(pictures: ChannelPictures, part: str | None = None) -> list[str]:
    """Return what a file holds and what was left out of it, for a log.

    Args:
        pictures: What was read, or a part of it.
        part: The name of the part.
    """
    counts = pictures.counts()
    empty = int((counts.sum(axis=1) == 0).sum())
    of_channel = ', '.join(
        f'{count} {name}' for name, count in zip(pictures.channels, counts.sum(axis=0), strict=True)
    )
    of_part = f', part {part!r}' if part else ''
    lines = [
        f'{pictures.name}{of_part}: {len(pictures)} pictures, {empty} of them without keypoints; '
        f'keypoints: {of_channel}'
    ]
    left_out = [f'{count} {reason}' for reason, count in pictures.left_out.items() if count]
    if left_out:
        lines.append(f'{pictures.name}: left out of the whole file: {", ".join(left_out)}')
    return lines
