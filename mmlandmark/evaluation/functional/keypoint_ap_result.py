"""Average precision of channels with the counts behind it, as table and as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mmlandmark.evaluation.functional.result import json_ready
from mmlandmark.evaluation.functional.table import render_table

UNITS = {'pixel': 'px', 'diagonal': 'diag'}
"""Units of thresholds -> how keys abbreviate them."""


@dataclass(frozen=True)
class KeypointAPResult:
    """Average precision of each channel at each threshold, with its counts.

    Attributes:
        channels: Names, C.
        thresholds: Largest distance of a match, T of them.
        unit: Of the thresholds: ``pixel``, or ``diagonal`` for shares of the picture's diagonal.
        ap: (C, T), 0 to 1; NaN for a channel without ground truth.
        matched: Detections that found their ground truth, (C, T).
        tied: Detections whose score both a matched and an unmatched one have, (C, T); matched ones
            are taken to come first.
        num_detections: (C,).
        num_truths: (C,).
        num_images: Pictures.
        matching: ``nearest`` or ``first``.
        interpolation: ``all`` or ``101``.
    """

    channels: tuple[str, ...]
    thresholds: tuple[float, ...]
    unit: str
    ap: np.ndarray
    matched: np.ndarray
    tied: np.ndarray
    num_detections: np.ndarray
    num_truths: np.ndarray
    num_images: int
    matching: str
    interpolation: str

    @property
    def labels(self) -> tuple[str, ...]:
        """The thresholds with their unit, such as ``2px`` or ``0.01diag``."""
        return tuple(f'{threshold:g}{UNITS[self.unit]}' for threshold in self.thresholds)

    @property
    def counted(self) -> np.ndarray:
        """Whether a channel has ground truth, (C,) bool; means are over these."""
        return self.num_truths > 0

    @property
    def excluded(self) -> tuple[str, ...]:
        """Names of the channels without ground truth."""
        return tuple(np.asarray(self.channels, object)[~self.counted])

    @property
    def per_threshold(self) -> np.ndarray:
        """Mean over the channels that have ground truth, (T,); NaN if none has."""
        if not self.counted.any():
            return np.full(len(self.thresholds), np.nan)
        return self.ap[self.counted].mean(axis=0)

    @property
    def mean(self) -> float:
        """Mean over thresholds and the channels that have ground truth."""
        return float(self.per_threshold.mean())

    def to_dict(self) -> dict[str, Any]:
        """The result as strict JSON values: None stands for NaN."""
        per_channel = {
            name: {
                'AP': dict(zip(self.labels, self.ap[i], strict=True)),
                'matched': dict(zip(self.labels, self.matched[i], strict=True)),
                'tied': dict(zip(self.labels, self.tied[i], strict=True)),
                'detections': self.num_detections[i],
                'ground_truth': self.num_truths[i],
            }
            for i, name in enumerate(self.channels)
        }
        return json_ready(
            {
                'mAP': self.mean,
                'AP': dict(zip(self.labels, self.per_threshold, strict=True)),
                'channels': per_channel,
                'excluded_channels': self.excluded,
                'images': self.num_images,
                'matching': self.matching,
                'interpolation': self.interpolation,
            }
        )

    def render(self) -> str:
        """A table of the channels with their counts, and the channels that are excluded."""
        rows = [
            {'channel': name, 'ground truth': int(truths), 'detections': int(detections)}
            | {f'AP@{label}': float(v) for label, v in zip(self.labels, ap, strict=True)}
            | {'tied scores': int(tied.max())}
            for name, truths, detections, ap, tied in zip(
                self.channels, self.num_truths, self.num_detections, self.ap, self.tied, strict=True
            )
        ]
        rows.append(
            {
                'channel': 'mean',
                'ground truth': int(self.num_truths.sum()),
                'detections': int(self.num_detections.sum()),
            }
            | {f'AP@{k}': float(v) for k, v in zip(self.labels, self.per_threshold, strict=True)}
        )
        lines = [render_table(rows), f'mAP {self.mean:.4f}, {self.num_images} images']
        if self.excluded:
            lines.append('excluded, no ground truth: ' + ', '.join(self.excluded))
        return '\n'.join(lines)
