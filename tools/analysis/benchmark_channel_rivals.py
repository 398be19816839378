"""The plain ways that benchmark_channels.py measures against."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from mmlandmark.evaluation.functional import ChannelPoints

SLACK = 1e-5


@dataclass
class Keypoint:
    """A point of an image."""

    x: float
    y: float

    def distance(self, other: Keypoint) -> float:
        return math.sqrt((self.x - other.x) ** 2 + (self.y - other.y) ** 2)


@dataclass
class Detection(Keypoint):
    """A point that a model found."""

    score: float


@dataclass
class Verdict(Detection):
    """A found point that is right or wrong."""

    threshold: float
    matched: bool


def plain_average_precision(
    detections: ChannelPoints,
    scores: np.ndarray,
    truths: ChannelPoints,
    num_images: int,
    num_channels: int,
    thresholds: Sequence[float],
) -> np.ndarray:
    """Average precision (channels, thresholds) as first published for channel keypoints.

    Per image and per threshold, detections by falling score take the first free ground truth that
    is near enough; then precision and recall are followed from one detection to the next.
    """
    found = _objects(detections, num_images, num_channels, scores)
    there = _objects(truths, num_images, num_channels)
    table = np.zeros((num_channels, len(thresholds)))
    for channel in range(num_channels):
        count = sum(len(there[image][channel]) for image in range(num_images))
        for column, threshold in enumerate(thresholds):
            verdicts = []
            for image in range(num_images):
                verdicts += _verdicts(found[image][channel], there[image][channel], threshold)
            table[channel, column] = _area(verdicts, count)
    return table


def _objects(
    points: ChannelPoints,
    num_images: int,
    num_channels: int,
    scores: np.ndarray | None = None,
) -> list[list[list[Keypoint]]]:
    made: list[list[list[Keypoint]]] = [
        [[] for _ in range(num_channels)] for _ in range(num_images)
    ]
    values = [None] * len(points) if scores is None else scores.tolist()
    rows = points.images.tolist(), points.channels.tolist(), points.points.tolist(), values
    for image, channel, (x, y), score in zip(*rows, strict=True):
        one = Keypoint(x, y) if score is None else Detection(x, y, score)
        made[image][channel].append(one)
    return made


def _verdicts(
    detections: list[Detection], truths: list[Keypoint], threshold: float
) -> list[Verdict]:
    free = list(truths)
    verdicts = []
    for detection in sorted(detections, key=lambda one: one.score, reverse=True):
        taken = None
        for truth in free:
            if detection.distance(truth) <= threshold + SLACK:
                taken = truth
                break
        if taken is not None:
            free.remove(taken)
        place = detection.x, detection.y, detection.score
        verdicts.append(Verdict(*place, threshold, taken is not None))
    return verdicts


def _area(verdicts: list[Verdict], count: int) -> float:
    precision, recall, hits = [], [0.0], 0
    for seen, one in enumerate(sorted(verdicts, key=lambda one: one.score, reverse=True), 1):
        hits += one.matched
        precision.append(hits / seen)
        recall.append(hits / count)
    for i in range(len(precision) - 2, -1, -1):
        precision[i] = max(precision[i], precision[i + 1])
    return sum((recall[i + 1] - recall[i]) * precision[i] for i in range(len(precision)))


def draw_maps_one_by_one(
    points: torch.Tensor, maps: torch.Tensor, shape: tuple[int, int, int, int], sigma: float
) -> torch.Tensor:
    """Draw a whole map for each point, and take the maximum."""
    batch, channels, height, width = shape
    drawn = torch.zeros(batch * channels, height, width, device=points.device)
    rows = torch.arange(height, device=points.device)[:, None] + 0.5
    columns = torch.arange(width, device=points.device) + 0.5
    for (x, y), number in zip(points, maps.tolist(), strict=True):
        square = (rows - y) ** 2 + (columns - x) ** 2
        one = torch.exp(-square / (2 * sigma**2))
        drawn[number] = torch.maximum(drawn[number], one)
    return drawn.view(shape)
