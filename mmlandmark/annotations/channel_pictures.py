"""Pictures with any number of keypoints in each channel, as flat arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from mmlandmark.errors import LandmarkError, nearest


@dataclass(frozen=True)
class ChannelPictures:
    """The keypoints of N pictures in C channels, M of them in all.

    The points of a picture stand together, those of a channel in it too, in the order of the file.
    A coordinate is measured from the upper left corner of the picture, in pixels: pixel (i, j)
    covers [i, i + 1) x [j, j + 1).

    Attributes:
        channels: The C names.
        files: N paths of pictures, relative to the folder of the data.
        sizes: (N, 2) int64 width and height.
        offsets: (N + 1,) int64: the points of picture i are those from ``offsets[i]`` to before
            ``offsets[i + 1]``.
        points: (M, 2) float64 pixels.
        channel_ids: (M,) int64, positions in ``channels``.
        depths: (M,) float64, in the unit of the file; NaN where it gives none.
        visible: (M,) int64 COCO v: 1 labelled and hidden, 2 seen.
        name: The file, for messages.
        left_out: Reason -> what was left out of the file for it.

    Raises:
        LandmarkError: Arrays whose lengths do not go together.
    """

    channels: tuple[str, ...]
    files: list[str]
    sizes: np.ndarray
    offsets: np.ndarray
    points: np.ndarray
    channel_ids: np.ndarray
    depths: np.ndarray
    visible: np.ndarray
    name: str = 'annotations'
    left_out: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        pictures, points = len(self.files), len(self.points)
        shapes = {
            'sizes': (pictures, 2),
            'offsets': (pictures + 1,),
            'points': (points, 2),
            'channel_ids': (points,),
            'depths': (points,),
            'visible': (points,),
        }
        for key, shape in shapes.items():
            if getattr(self, key).shape != shape:
                raise LandmarkError(
                    f'{self.name}: {key} has shape {getattr(self, key).shape}; expected {shape} '
                    f'for {pictures} pictures with {points} keypoints'
                )

    @classmethod
    def from_points(
        cls,
        channels: Sequence[str],
        files: Sequence[str],
        sizes: np.ndarray,
        picture_ids: np.ndarray,
        points: np.ndarray,
        channel_ids: np.ndarray,
        *,
        depths: np.ndarray | None = None,
        visible: np.ndarray | None = None,
        name: str = 'annotations',
        left_out: Mapping[str, int] | None = None,
    ) -> ChannelPictures:
        """Bring points in any order into that of pictures and channels.

        Args:
            channels: The C names.
            files: N paths.
            sizes: (N, 2) width and height.
            picture_ids: (M,) positions in ``files``.
            points: (M, 2) pixels; those of one channel of a picture keep their order.
            channel_ids: (M,) positions in ``channels``.
            depths: (M,) or None for none.
            visible: (M,) COCO v or None: all are seen.
            name: The file, for messages.
            left_out: Reason -> count.
        """
        order = np.lexsort((channel_ids, picture_ids))  # stable
        counts = np.bincount(picture_ids, minlength=len(files))
        depths = np.full(len(order), np.nan) if depths is None else depths
        visible = np.full(len(order), 2) if visible is None else visible
        return cls(
            channels=tuple(channels),
            files=list(files),
            sizes=np.asarray(sizes, dtype=np.int64).reshape(-1, 2),
            offsets=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            points=np.asarray(points, dtype=np.float64).reshape(-1, 2)[order],
            channel_ids=np.asarray(channel_ids, dtype=np.int64)[order],
            depths=np.asarray(depths, dtype=np.float64)[order],
            visible=np.asarray(visible, dtype=np.int64)[order],
            name=name,
            left_out=dict(left_out or {}),
        )

    def __len__(self) -> int:
        return len(self.files)

    def rows(self, picture: int) -> slice:
        """Return where the points of a picture stand."""
        return slice(int(self.offsets[picture]), int(self.offsets[picture + 1]))

    def picture_ids(self) -> np.ndarray:
        """Return the picture of each point, (M,) int64."""
        return np.repeat(np.arange(len(self)), np.diff(self.offsets))

    def counts(self) -> np.ndarray:
        """Return the number of points of each picture and channel, (N, C) int64."""
        cells = self.picture_ids() * len(self.channels) + self.channel_ids
        size = len(self) * len(self.channels)
        return np.bincount(cells, minlength=size).reshape(len(self), len(self.channels))

    def select(self, pictures: Sequence[int] | np.ndarray) -> ChannelPictures:
        """Return some of the pictures, in the given order.

        Args:
            pictures: Their positions.
        """
        pictures = np.asarray(pictures, dtype=np.int64)
        sizes = np.diff(self.offsets)[pictures]
        offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        rows = np.arange(offsets[-1]) + np.repeat(self.offsets[pictures] - offsets[:-1], sizes)
        return replace(
            self,
            files=[self.files[picture] for picture in pictures.tolist()],
            sizes=self.sizes[pictures],
            offsets=offsets,
            **self._point_arrays(rows),
        )

    def select_channels(self, names: Sequence[str]) -> ChannelPictures:
        """Return the same pictures with some of the channels, in the given order.

        Raises:
            LandmarkError: A channel that is not there; the message suggests one.
        """
        place = np.full(len(self.channels), -1)
        for new, channel in enumerate(names):
            if channel not in self.channels:
                raise LandmarkError(
                    f'{self.name}: no channel {channel!r}{nearest(channel, self.channels)}; '
                    f'there are {", ".join(self.channels)}'
                )
            place[self.channels.index(channel)] = new
        kept = np.flatnonzero(place[self.channel_ids] >= 0)
        arrays = self._point_arrays(kept)
        arrays['channel_ids'] = place[arrays['channel_ids']]
        return ChannelPictures.from_points(
            names,
            self.files,
            self.sizes,
            self.picture_ids()[kept],
            name=self.name,
            left_out=self.left_out,
            **arrays,
        )

    def _point_arrays(self, rows: np.ndarray) -> dict[str, Any]:
        keys = ('points', 'channel_ids', 'depths', 'visible')
        return {key: getattr(self, key)[rows] for key in keys}
