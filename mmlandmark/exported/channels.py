"""A detector of channel keypoints from its file."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from mmlandmark.errors import LandmarkError
from mmlandmark.exported.info import ChannelInfo
from mmlandmark.exported.pictures import check_batch
from mmlandmark.exported.session import OnnxFile


class ChannelPoints(NamedTuple):
    """The keypoints of one picture, sorted by channel and falling score.

    Args:
        points: (P, 2) float32 pixels of the input.
        channel_ids: (P,) int64, in the order of ``channels``.
        scores: (P,) float32.
    """

    points: np.ndarray
    channel_ids: np.ndarray
    scores: np.ndarray


class ExportedChannelDetector:
    """Finds any number of keypoints per channel.

    Args:
        file: The opened file.
    """

    def __init__(self, file: OnnxFile) -> None:
        self.info: ChannelInfo = file.info
        self._file = file

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the channels."""
        return self.info.channels

    def __call__(self, pictures: np.ndarray) -> list[ChannelPoints]:
        """Return the keypoints of pictures that have the size of the input.

        Args:
            pictures: (N, height, width, 3) uint8, blue, green, red.

        Raises:
            LandmarkError: They are of another size or type.
        """
        try:
            pictures = check_batch(pictures, self.info.input_size, 'pictures')
        except LandmarkError as error:
            raise LandmarkError(
                f'{error}: resize them as the test pipeline of the model does'
            ) from None
        if not len(pictures):  # graphs take one or more
            return []
        found = self._file.run(dict(pictures=pictures))
        results = []
        for points, scores, there in zip(
            found['points'], found['scores'], found['there'], strict=True
        ):
            ids = np.nonzero(there)[0]
            results.append(ChannelPoints(points[there], ids, scores[there]))
        return results
