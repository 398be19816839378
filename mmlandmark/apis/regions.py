"""Crops of regions of a face, such as the eyes, and figures about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mmlandmark.errors import LandmarkError
from mmlandmark.geometry.regions import crop_slices, region_boxes, region_statistics
from mmlandmark.schemas import KeypointSchema, get_schema, region_groups

MARGIN = 0.1


@dataclass(frozen=True)
class RegionCrop:
    """One region of one instance.

    Attributes:
        crop: (h, w, 3) uint8, a copy out of the picture; None where there is none.
        box: (4,) x1, y1, x2, y2 in pixels of the picture, inside of it; None.
        reason: Why there is none; empty where there is.
        statistics: The figures of ``geometry.regions.region_statistics``, NaN where unknown.
    """

    crop: np.ndarray | None
    box: np.ndarray | None
    reason: str
    statistics: dict[str, float]


def crop_regions(
    picture: np.ndarray,
    points: np.ndarray,
    visible: np.ndarray | None = None,
    *,
    schema: str | KeypointSchema,
    regions: str | Sequence[str] | None = None,
    own: Mapping[str, Sequence[str]] | None = None,
    margin: float = MARGIN,
    scores: np.ndarray | None = None,
) -> list[dict[str, RegionCrop]]:
    """Cut the regions of all instances out of a picture.

    Args:
        picture: (H, W, 3) uint8.
        points: (N, K, 2) or, of one instance, (K, 2) pixels.
        visible: (N, K) or (K,), labelled where above zero; None: all points that are not NaN.
        schema: Name, file or object of the schema.
        regions: Names, see ``schemas.region_groups``; None: all of ``own``, else of the schema.
        own: Groups of keypoint names, as ``schemas.region_file.read_region_file`` returns.
        margin: How far each side moves outwards, as a share of the longer side of the box.
        scores: (N, K) or (K,) confidence of the points.

    Returns:
        For each instance: region -> crop.

    Raises:
        LandmarkError: Unknown regions, or arrays that do not fit the picture or the schema.
    """
    schema = get_schema(schema)
    groups = region_groups(schema, regions, own)
    points = _rows(points, (schema.num_keypoints, 2), 'points')
    count = len(points)
    if visible is None:
        visible = np.where(np.isfinite(points).all(axis=-1), 2, 0)
    visible = _rows(visible, (schema.num_keypoints,), 'visible', count)
    if scores is not None:
        scores = _rows(scores, (schema.num_keypoints,), 'scores', count)
    _check_picture(picture)
    sizes = np.tile([picture.shape[1], picture.shape[0]], (count, 1))
    boxes, reasons = region_boxes(points, visible, groups, margin, sizes)
    figures = region_statistics(visible, groups, boxes, sizes, scores)
    return [
        {
            name: _crop(
                picture,
                boxes[row, place],
                str(reasons[row, place]),
                {key: values[row, place].item() for key, values in figures.items()},
            )
            for place, name in enumerate(groups)
        }
        for row in range(count)
    ]


def _check_picture(picture: np.ndarray) -> None:
    if not isinstance(picture, np.ndarray):
        raise LandmarkError(f'{type(picture).__name__} is no picture; expected an array (H, W, 3)')
    if picture.ndim not in (2, 3) or not picture.size:
        raise LandmarkError(f'a picture of shape {picture.shape}; expected (H, W, 3)')


def _crop(
    picture: np.ndarray, box: np.ndarray, reason: str, statistics: dict[str, float]
) -> RegionCrop:
    if reason:
        return RegionCrop(None, None, reason, statistics)
    place = crop_slices(box, (picture.shape[1], picture.shape[0]))
    return RegionCrop(picture[place].copy(), box, '', statistics)


def _rows(
    values: np.ndarray, shape: tuple[int, ...], name: str, count: int | None = None
) -> np.ndarray:
    values = np.asarray(values)
    values = values[None] if values.shape == shape else values
    if values.shape[1:] != shape or count not in (None, len(values)):
        listed = ', '.join(map(str, shape))
        number = 'N' if count is None else count
        raise LandmarkError(
            f'{name} of shape {values.shape}; expected ({number}, {listed}) of the schema'
        )
    return values
