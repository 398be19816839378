"""Named reference lengths that a distance is divided by, one per instance."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.evaluation.functional.distances import as_points, check_points

if TYPE_CHECKING:
    from mmlandmark.schemas import KeypointSchema

#: Lengths made from a box (w, h); `bbox` is the longer side, as in MMPose's PCKAccuracy and NME.
BOX_LENGTHS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    'bbox': np.maximum,
    'bbox_diagonal': np.hypot,
    'bbox_sqrt_area': lambda w, h: np.sqrt(np.maximum(w, 0) * np.maximum(h, 0)),
}
#: Other names of fields of the ground truth.
FIELD_ALIASES = {'head': 'head_size'}
PIXEL = 'pixel'
#: The longer side of what the model sees of the picture, in pixels of the picture.
INPUT = 'input'
#: Sides of the whole picture, in pixels.
IMAGE_WIDTH, IMAGE_HEIGHT = 'image_width', 'image_height'
#: Fields that metrics read from the samples themselves: where from, and who writes it.
_SAMPLE_FIELDS = {
    INPUT: "of the crop (gt_instances.bbox_scales), which MMPose's top-down transforms write",
    **dict.fromkeys(
        (IMAGE_WIDTH, IMAGE_HEIGHT),
        'of the picture (ori_shape or img_shape), which PackPoseInputs keeps by default',
    ),
}


def normalizer_values(
    name: str,
    schema: KeypointSchema | None,
    target: np.ndarray,
    visible: np.ndarray,
    bboxes: np.ndarray | None = None,
    fields: Mapping[str, np.ndarray] | None = None,
) -> np.ndarray:
    """The length ``name`` of every instance, NaN where it cannot be used.

    A name is looked up in this order: the named distances of the schema; ``bbox`` (longer side),
    ``bbox_diagonal``, ``bbox_sqrt_area``; ``pixel`` (1); a field of the ground truth such as
    ``head_size`` (also called ``head``); ``input``, the longer side of the crop that the model
    sees, in pixels of the picture; ``image_width`` or ``image_height``.

    Args:
        name: The normaliser.
        schema: The keypoint definition of ``target``; None if only boxes and fields are wanted.
        target: Labelled points, (N, K, 2), pixels.
        visible: Non-zero where labelled, (N, K).
        bboxes: Boxes (N, 4) as x1, y1, x2, y2, pixels.
        fields: Per-instance lengths by name, each (N,), pixels.

    Returns:
        (N,) float64, pixels. NaN where a point is missing or the length is zero.

    Raises:
        LandmarkError: Unknown name, or a box normaliser without boxes.
    """
    lengths = reference_lengths(name, schema, target, visible, bboxes, fields)
    return np.where(lengths > 0, lengths, np.nan)


def reference_lengths(
    name: str,
    schema: KeypointSchema | None,
    target: np.ndarray,
    visible: np.ndarray,
    bboxes: np.ndarray | None = None,
    fields: Mapping[str, np.ndarray] | None = None,
) -> np.ndarray:
    """As `normalizer_values`, but a zero or negative length stays, so that reasons can be told."""
    target, fields = check_points(target, 'target'), fields or {}
    name = canonical_name(name, schema, fields)
    if schema is not None and name in schema.normalizers:
        one, other = (_side(schema, side, target, visible) for side in schema.normalizers[name])
        return np.hypot(*(one - other).T)
    if name in BOX_LENGTHS:
        if bboxes is None:
            raise LandmarkError(f'normaliser {name!r} needs boxes and the ground truth has none')
        boxes = np.asarray(bboxes, dtype=np.float64).reshape(-1, 4)
        return _fit(name, BOX_LENGTHS[name](*(boxes[:, 2:] - boxes[:, :2]).T), len(target))
    if name == PIXEL:
        return np.ones(len(target))
    values = _fit(name, np.asarray(fields[name], dtype=np.float64).reshape(-1), len(target))
    return np.where(np.isfinite(values), values, np.nan)


def canonical_name(
    name: str, schema: KeypointSchema | None, fields: Iterable[str] | None = None
) -> str:
    """The name a figure is reported with: aliases resolved, unknown names refused."""
    own = tuple(schema.normalizers) if schema is not None else ()
    known = (*own, *BOX_LENGTHS, PIXEL, *(fields or ()))
    for candidate in (name, FIELD_ALIASES.get(name, name)):
        if candidate in known:
            return candidate
    if name in _SAMPLE_FIELDS:
        raise LandmarkError(
            f'normaliser {name!r} needs the size {_SAMPLE_FIELDS[name]}; the samples have none'
        )
    where = f'schema {schema.name!r} and the ground truth' if schema else 'the ground truth'
    raise LandmarkError(
        f'unknown normaliser {name!r}{nearest(name, known)}: {where} give {", ".join(known)}'
    )


def _side(
    schema: KeypointSchema, side: str | tuple[str, ...], target: np.ndarray, visible: np.ndarray
) -> np.ndarray:
    """One end of a named distance, (N, 2): the mean of its points; NaN if one is missing."""
    names = (side,) if isinstance(side, str) else tuple(side)
    columns = np.array([schema.index(n) for n in names])
    labelled = np.asarray(visible)[:, columns] > 0
    return np.where(labelled[..., None], as_points(target[:, columns], 'target'), np.nan).mean(
        axis=1
    )


def _fit(name: str, values: np.ndarray, count: int) -> np.ndarray:
    if len(values) != count:
        raise LandmarkError(f'normaliser {name!r}: {len(values)} values for {count} instances')
    return values
