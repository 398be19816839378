"""Source, converted and true points of a whole file, and how far they are apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from mmlandmark.annotations.pairing import Pairing, pair_by_box, pair_by_id
from mmlandmark.annotations.reader import CocoKeypoints
from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional.distances import keypoint_distances
from mmlandmark.evaluation.functional.normalizers import BOX_LENGTHS, PIXEL, normalizer_values
from mmlandmark.geometry.boxes import boxes_from_points
from mmlandmark.schemas import Conversion, KeypointSchema, Mapping

if TYPE_CHECKING:
    from mmlandmark.apis.convert import Converter

HEAD = 'head_size'


@dataclass(frozen=True)
class Layer:
    """One set of points of N instances.

    Attributes:
        schema: The K keypoints.
        points: (N, K, 2) float64 pixels; (0, 0) where not given.
        visible: (N, K) uint8 COCO v.
        inferred: (N, K) bool: from incomplete sources.
        sigma: (N, K) float64 expected error in pixels, or None.
        covered: (K,) bool, the points that a mapping has rules for; None: all.
    """

    schema: KeypointSchema
    points: np.ndarray
    visible: np.ndarray
    inferred: np.ndarray
    sigma: np.ndarray | None = None
    covered: np.ndarray | None = None

    @property
    def missing(self) -> np.ndarray:
        """Points that are not given although they could be, (N, K) bool."""
        absent = self.visible == 0
        return absent if self.covered is None else absent & self.covered


def labelled_layer(file: CocoKeypoints) -> Layer:
    """Return the points of a file as they are labelled."""
    return Layer(file.schema, file.points, file.visible, np.zeros(file.visible.shape, dtype=bool))


def converted_layer(converter: Converter, file: CocoKeypoints) -> Layer:
    """Return the points that a converter makes of a file.

    Args:
        converter: A mapping or a trained converter.
        file: In the order of the converter's source schema.

    Raises:
        LandmarkError: The converter gives a point that is not finite.
    """
    boxes = instance_boxes(file)
    done: Conversion = converter.convert(file.points, file.visible, boxes)
    given = done.visible > 0
    bad = given & ~np.isfinite(done.points).all(axis=-1)
    if bad.any():
        row, point = np.argwhere(bad)[0]
        raise LandmarkError(
            f'{file.name}: annotation {file.ids[row]}: {converter.name} gives no finite place for '
            f'{converter.target_schema.keypoints[point]}'
        )
    points = np.where(given[..., None], done.points, 0.0)
    inferred = done.inferred & given
    covered = converter.covered if isinstance(converter, Mapping) else None
    return Layer(converter.target_schema, points, done.visible, inferred, done.sigma, covered)


def instance_boxes(file: CocoKeypoints) -> np.ndarray:
    """Return the boxes of a file, (N, 4); where there is none, that of the labelled points."""
    boxes = file.bboxes.copy()
    absent = np.isnan(boxes).any(axis=1)
    boxes[absent] = boxes_from_points(file.points[absent], file.visible[absent])
    return boxes


def join(source: CocoKeypoints, truth: CocoKeypoints, by: str) -> Pairing:
    """Say which instance of two files is which, ``by`` ``id`` or ``box``.

    Raises:
        LandmarkError: As ``pair_by_id``.
    """
    return pair_by_id(source, truth) if by == 'id' else pair_by_box(source, truth)


def normalizer_names(schema: KeypointSchema, file: CocoKeypoints) -> list[str]:
    """Return the reference lengths that errors on a file can be divided by."""
    heads = [HEAD] if any(HEAD in a for a in file.annotations) else []
    return [*schema.normalizers, *BOX_LENGTHS, *heads, PIXEL]


@dataclass(frozen=True)
class Measure:
    """The distances of N instances from their true points, and what was left out.

    Attributes:
        normalizer: The reference length.
        distances: (N, K) float64, divided by it; NaN where not measured.
        truth_rows: (N,) int64, the row of each instance in the truth; -1 without one.
        excluded: Why instances have no error -> how many.
    """

    normalizer: str
    distances: np.ndarray
    truth_rows: np.ndarray
    excluded: dict[str, int]

    @cached_property
    def errors(self) -> np.ndarray:
        """The mean over the points of each instance, (N,); NaN where not measured."""
        return mean_of_rows(self.distances)


def measure(layer: Layer, truth: CocoKeypoints, pairing: Pairing, normalizer: str) -> Measure:
    """Measure points against true ones of the same schema.

    Args:
        layer: The N instances.
        truth: The true points, in the order of ``layer.schema``.
        pairing: Which is which.
        normalizer: Name of the reference length, of the true points.

    Raises:
        LandmarkError: There is no such reference length.
    """
    rows = np.full(len(layer.points), -1, dtype=np.int64)
    rows[pairing.source] = pairing.target
    paired = rows >= 0
    target, visible = truth.points[rows], truth.visible[rows]
    mask = (visible > 0) & (layer.visible > 0) & paired[:, None]
    pixels = keypoint_distances(layer.points, target, mask, names=layer.schema.keypoints)
    heads = np.array([a.get(HEAD, np.nan) for a in truth.annotations], dtype=np.float64)
    boxes = instance_boxes(truth)
    lengths = normalizer_values(
        normalizer, layer.schema, truth.points, truth.visible, boxes, {HEAD: heads}
    )[rows]
    lengths[~paired] = np.nan
    shared = mask.any(axis=1)
    unusable = shared & np.isnan(lengths)
    excluded = {
        'without ground truth': int((~paired).sum()),
        'without a point in both': int((paired & ~shared).sum()),
        f'without the length {normalizer}': int(unusable.sum()),
        'ground truth without instance': len(truth) - int(paired.sum()),
    }
    return Measure(
        normalizer, pixels / lengths[:, None], rows, {k: n for k, n in excluded.items() if n}
    )


def mean_of_rows(values: np.ndarray) -> np.ndarray:
    """Return the mean of the numbers of each row, NaN where there is none."""
    known = ~np.isnan(values)
    counts = known.sum(axis=1)
    sums = np.where(known, values, 0.0).sum(axis=1)
    return np.divide(sums, counts, out=np.full(len(values), np.nan), where=counts > 0)


def columns_of(schema: KeypointSchema, keypoint: str | None) -> Sequence[int]:
    """Return the position of a keypoint, or all of them for None."""
    return [schema.index(keypoint)] if keypoint else list(range(schema.num_keypoints))
