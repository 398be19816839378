"""What a channel inferencer returns, and its two file formats: strict JSON and COCO keypoints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmlandmark.annotations.channel_coco_writer import channel_coco_document
from mmlandmark.annotations.channel_pictures import ChannelPictures

_DECIMALS, _SCORE_DECIMALS = 3, 6


@dataclass(frozen=True)
class ChannelResult:
    """The P keypoints of one picture, sorted by channel and falling score.

    Attributes:
        name: Path; of a folder that is all of the input, relative to it; ``clip.mp4#000012``;
            ``array 0``.
        size: Width and height in pixels; None for a picture that could not be read.
        points: (P, 2) float64 pixels, from the upper left corner of the picture.
        channel_ids: (P,) int64, positions among the inferencer's channels.
        scores: (P,) float64, the height of the map at the point.
        problem: Why the picture could not be read, else empty.
    """

    name: str
    size: tuple[int, int] | None
    points: np.ndarray
    channel_ids: np.ndarray
    scores: np.ndarray
    problem: str = ''

    @classmethod
    def unreadable(cls, name: str, problem: str) -> ChannelResult:
        """Return the result of a picture that could not be read."""
        nothing = np.empty(0)
        return cls(name, None, np.empty((0, 2)), nothing.astype(np.int64), nothing, problem)

    def to_json(self, channels: Sequence[str]) -> dict[str, Any]:
        """Return plain lists and numbers; [x, y, score] of each keypoint, by channel."""
        width, height = self.size or (None, None)
        rows = np.column_stack([self.points.round(_DECIMALS), self.scores.round(_SCORE_DECIMALS)])
        return {
            'name': self.name,
            'width': width,
            'height': height,
            'keypoints': {
                name: (rows[self.channel_ids == channel] + 0.0).tolist()
                for channel, name in enumerate(channels)
            },
            'problem': self.problem or None,
        }


def count_channel_results(
    results: Sequence[ChannelResult], channels: Sequence[str]
) -> dict[str, Any]:
    """Return the numbers of pictures, of those unread or without a keypoint, and of keypoints."""
    ids = np.concatenate([np.empty(0, dtype=np.int64), *(r.channel_ids for r in results)])
    counts = np.bincount(ids, minlength=len(channels)).tolist()
    return {
        'pictures': len(results),
        'unreadable': sum(result.size is None for result in results),
        'without_keypoints': sum(r.size is not None and not len(r.points) for r in results),
        'keypoints': dict(zip(channels, counts, strict=True)),
    }


def channel_results_to_json(
    results: Sequence[ChannelResult], channels: Sequence[str]
) -> dict[str, Any]:
    """Return all results as one JSON object, with the names of the channels."""
    return {
        'channels': list(channels),
        'counts': count_channel_results(results, channels),
        'pictures': [result.to_json(channels) for result in results],
    }


def channel_results_to_coco(
    results: Sequence[ChannelResult], channels: Sequence[str]
) -> dict[str, Any]:
    """Return all results as a COCO keypoint file.

    One annotation per picture with keypoints, called ``corner_0``, ``corner_1`` and so on by
    falling score; see ``channel_coco_document``. ``keypoint_scores`` has a score for each keypoint
    that is there, else null, and ``score`` their mean. Pictures that could not be read have no
    size and stand under ``info.problems`` only.
    """
    read = [result for result in results if result.size is not None]
    points = np.concatenate([np.empty((0, 2)), *(r.points for r in read)])
    pictures = ChannelPictures.from_points(
        channels,
        [result.name for result in read],
        np.array([result.size for result in read]).reshape(-1, 2),
        np.repeat(np.arange(len(read)), [len(result.points) for result in read]),
        points.round(_DECIMALS) + 0.0,
        np.concatenate([np.empty(0, dtype=np.int64), *(r.channel_ids for r in read)]),
    )
    document = channel_coco_document(pictures)
    for annotation in document['annotations']:
        scores = read[annotation['image_id'] - 1].scores
        annotation['score'] = float(scores.mean())
        annotation['keypoint_scores'] = _spread(annotation['keypoints'][2::3], scores)
    problems = [result.problem for result in results if result.problem]
    info = {'description': f'predictions of channels {", ".join(channels)}', 'problems': problems}
    return {'info': info, **document}


def _spread(visible: Sequence[int], scores: np.ndarray) -> list[float | None]:
    """Put the scores of the keypoints that are there, in order, where these stand."""
    left = iter(scores.round(_SCORE_DECIMALS).tolist())
    return [next(left) if seen else None for seen in visible]
