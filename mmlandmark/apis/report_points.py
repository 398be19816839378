"""Predictions beside labels of one data set, as a report measures them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from mmlandmark.evaluation.functional.mean_errors import nme
from mmlandmark.evaluation.functional.normalizers import PIXEL
from mmlandmark.evaluation.functional.result import MetricResult
from mmlandmark.evaluation.functional.scores import normalized_distances
from mmlandmark.evaluation.functional.summary import masked_mean
from mmlandmark.schemas import KeypointSchema
from mmlandmark.schemas.layout import schema_layout
from mmlandmark.visualization.keypoint_figure import KeypointErrors

QUANTILES = {'5 %': 0.05, '25 %': 0.25, 'median': 0.5, '75 %': 0.75, '95 %': 0.95, 'largest': 1.0}


@dataclass(frozen=True)
class PointSets:
    """Two point sets of N instances in one schema of K keypoints.

    Attributes:
        name: Of the data set.
        schema: Of both point sets.
        predicted: (N, K, 2) pixels; anything where not given.
        given: (N, K) bool.
        target: (N, K, 2) pixels.
        visible: (N, K), above 0 where labelled.
        boxes: (N, 4) x1, y1, x2, y2, pixels; NaN where there is none.
        normalizer: Name of the length that errors are divided by; ``pixel`` for none.
        lengths: (N,) pixels; NaN where it cannot be measured.
        ids: (N,) of the annotations.
        pictures: (N,) paths or file names, empty where not known.
        depth: (N, K) absolute errors of the third coordinate, NaN where there is none; or None.
        left_out: Why samples are not among the N -> how many.
    """

    name: str
    schema: KeypointSchema
    predicted: np.ndarray
    given: np.ndarray
    target: np.ndarray
    visible: np.ndarray
    boxes: np.ndarray
    normalizer: str
    lengths: np.ndarray
    ids: np.ndarray
    pictures: Sequence[str]
    depth: np.ndarray | None = None
    left_out: Mapping[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def unit(self) -> str:
        """What errors are: per cent of the normaliser, or pixels."""
        return 'px' if self.normalizer == PIXEL else f'% of {self.normalizer}'

    @cached_property
    def result(self) -> MetricResult:
        """The mean error with its counts, by keypoint and region."""
        return nme(
            self.predicted,
            self.target,
            self.visible,
            self.lengths,
            normalizer_name=self.normalizer,
            given=self.answered,
            schema=self.schema,
            ids=self.ids,
            scale=self._scale,
        )

    @cached_property
    def errors(self) -> np.ndarray:
        """Mean error of each instance, (N,); NaN where nothing counts."""
        ratios, supervision = normalized_distances(
            self.predicted,
            self.target,
            self.visible,
            self.lengths,
            normalizer_name=self.normalizer,
            given=self.answered,
            schema=self.schema,
            keypoints=None,
            ids=self.ids,
        )
        return self._scale * masked_mean(ratios, supervision.labelled & supervision.given, axis=1)

    @cached_property
    def answered(self) -> np.ndarray:
        """The given points whose coordinates are numbers, (N, K) bool."""
        return self.given & np.isfinite(self.predicted).all(axis=-1)

    @property
    def not_finite(self) -> int:
        """Given points that are no numbers; they count as not given."""
        return int((self.given & ~self.answered).sum())

    def keypoint_errors(self, method: str = 'predicted') -> KeypointErrors | None:
        """The mean error of every keypoint, placed for drawing; None where nothing counts."""
        found = self.result.per_keypoint
        values = np.array([found[name] for name in self.schema.keypoints], dtype=np.float64)
        return self._placed({method: values}, f'mean error, {self.unit}')

    def depth_errors(self) -> KeypointErrors | None:
        """The mean error of every keypoint's third coordinate; None where there is none."""
        if self.depth is None:
            return None
        counted = np.isfinite(self.depth) & (self.visible > 0) & self.answered
        values = masked_mean(self.depth, counted, axis=0)
        return self._placed({'third coordinate': values}, 'mean absolute error')

    def quantiles(self) -> dict[str, float]:
        """Quantiles of the errors of instances by their names; NaN without any."""
        errors = self.errors[np.isfinite(self.errors)]
        if not len(errors):
            return dict.fromkeys(QUANTILES, float('nan'))
        return {name: float(np.quantile(errors, share)) for name, share in QUANTILES.items()}

    def _placed(self, methods: Mapping[str, np.ndarray], unit: str) -> KeypointErrors | None:
        layout = keypoint_places(self.schema, self.target, self.visible, self.boxes)
        drawable = np.isfinite(layout).all(axis=1).any()
        measured = any(np.isfinite(values).any() for values in methods.values())
        return KeypointErrors(self.schema, layout, methods, unit) if drawable and measured else None

    @property
    def _scale(self) -> float:
        return 1.0 if self.normalizer == PIXEL else 100.0


def keypoint_places(
    schema: KeypointSchema, points: np.ndarray, visible: np.ndarray, boxes: np.ndarray
) -> np.ndarray:
    """Return where to draw keypoints: the schema's layout, else the median labelled shape.

    Args:
        schema: The K keypoints.
        points: (N, K, 2) pixels.
        visible: (N, K), above 0 where labelled.
        boxes: (N, 4) x1, y1, x2, y2; NaN where there is none.

    Returns:
        (K, 2); NaN for keypoints that have no place in the layout and are never labelled.
    """
    layout = schema_layout(schema, columns=False)
    known = np.isfinite(layout).all(axis=1)
    if known.all():
        return layout
    shape = median_shape(points, visible, boxes)
    if np.isfinite(shape).all(axis=1).sum() > known.sum():
        return shape
    return layout if known.any() else schema_layout(schema)


def median_shape(points: np.ndarray, visible: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Return where each point lies at the median, in boxes.

    Args:
        points: (N, K, 2) pixels.
        visible: (N, K), above 0 where labelled.
        boxes: (N, 4) x1, y1, x2, y2; those that are NaN or without a size are left out.

    Returns:
        (K, 2); NaN where none is labelled.
    """
    middle = (boxes[:, None, :2] + boxes[:, None, 2:]) / 2
    side = (boxes[:, 2:] - boxes[:, :2]).max(axis=1)[:, None, None]
    usable = (visible > 0)[..., None] & (side > 0)
    places = np.where(usable, (points - middle) / np.where(side > 0, side, 1), np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', RuntimeWarning)  # a keypoint that nobody labelled
        return np.nanmedian(places, axis=0)
