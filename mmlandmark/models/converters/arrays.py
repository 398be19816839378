"""Arrays through a converter: checked, centred, in batches, and out as a Conversion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import Conversion, KeypointSchema

if TYPE_CHECKING:
    from mmlandmark.models.converters.converter import KeypointConverter


@torch.no_grad()
def convert_arrays(
    converter: KeypointConverter,
    points: np.ndarray,
    visible: np.ndarray,
    bboxes: np.ndarray | None = None,
    batch_size: int = 8192,
) -> Conversion:
    """Convert (N, S, 2) points; see ``KeypointConverter.convert``."""
    points, visible = np.asarray(points, dtype=np.float64), np.asarray(visible)
    check_points(points, visible, converter.source_schema)
    # scores, booleans and -1 come in as well; the network and the mask must see the same
    visible = np.where(visible > 0, np.where(visible >= 2, 2, 1), 0).astype(np.uint8)
    if bboxes is not None:
        bboxes = np.asarray(bboxes, dtype=np.float64)
        check_boxes(bboxes, len(points), needed=converter.normalizer.name == 'bbox')
    if len(points) == 0:
        return _nothing(converter)
    mode = converter.training
    converter.eval()
    parts = []
    for start in range(0, len(points), batch_size):
        rows = slice(start, start + batch_size)
        box = None if bboxes is None else torch.as_tensor(bboxes[rows])
        parts.append(_convert_batch(converter, points[rows], visible[rows], box))
    converter.train(mode)
    joined = [None if p[0] is None else np.concatenate(p) for p in zip(*parts, strict=True)]
    return Conversion(*joined)


def _nothing(converter: KeypointConverter) -> Conversion:
    # torch's attention does not take an empty batch
    shape = (0, converter.target_schema.num_keypoints)
    sigma = None if converter.uncertainty is None else np.zeros(shape)
    return Conversion(
        np.zeros((*shape, 2)), np.zeros(shape, np.uint8), np.zeros(shape, bool), sigma
    )


def _convert_batch(
    converter: KeypointConverter, points: np.ndarray, visible: np.ndarray, bboxes: Tensor | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None]:
    device = converter.affine_weight.device
    # centring in float64 first keeps far-away points as exact as near ones
    labelled = visible > 0
    clean = np.where(labelled, _complex(points), 0.0)
    center = clean.sum(1, keepdims=True) / np.maximum(labelled.sum(1, keepdims=True), 1)
    local = _real(np.where(labelled, clean - center, 0.0).astype(np.complex64))
    seen = torch.as_tensor(visible).to(device)
    if bboxes is not None:
        shift = torch.as_tensor(_real(center)[:, 0]).repeat(1, 2)
        bboxes = (bboxes - shift).to(device, torch.float32)
    output = converter(torch.as_tensor(local).to(device), seen, bboxes)
    values, inferred = converter.visibility(seen)
    given = (values > 0).cpu().numpy()
    moved = _complex(output.points.double().cpu().numpy()) + center
    sigma = None
    if output.log_sigma is not None:
        sigma = (output.log_sigma.exp() * output.frame.scale[..., 0]).double().cpu().numpy()
        sigma = np.where(given, sigma, np.nan)
    moved = _real(np.where(given, moved, 0.0))
    return moved, values.cpu().numpy(), inferred.cpu().numpy(), sigma


def _complex(points: np.ndarray) -> np.ndarray:
    # numpy is many times faster along points than along the two coordinates of each
    return np.ascontiguousarray(points).view(np.complex128)[..., 0]


def _real(points: np.ndarray) -> np.ndarray:
    return points[..., None].view(points.real.dtype)


def check_boxes(bboxes: np.ndarray, num: int, needed: bool) -> None:
    """Raise a LandmarkError if boxes are not (N, 4), or are not finite where they are needed."""
    if bboxes.shape != (num, 4):
        raise LandmarkError(f'expected boxes ({num}, 4) x1 y1 x2 y2, found {bboxes.shape}')
    bad = ~np.isfinite(bboxes).all(1)
    if needed and bad.any():
        raise LandmarkError(
            f'instance {int(bad.argmax())}: its box is not finite, expected pixels, which the '
            "normalizer 'bbox' needs"
        )


def check_points(points: np.ndarray, visible: np.ndarray, schema: KeypointSchema) -> None:
    """Raise a LandmarkError if (N, S, 2) points and (N, S) visibility do not fit a schema."""
    wanted = (*points.shape[:1], schema.num_keypoints)
    if points.shape != (*wanted, 2) or visible.shape != wanted:
        raise LandmarkError(
            f'schema {schema.name!r} has {schema.num_keypoints} keypoints: expected points (N, '
            f'{schema.num_keypoints}, 2) and visibility (N, {schema.num_keypoints}), found '
            f'{points.shape} and {visible.shape}'
        )
    bad = (visible > 0) & ~np.isfinite(_complex(points))
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise LandmarkError(
            f'instance {row}: labelled keypoint {schema.keypoints[column]!r} of {schema.name!r} '
            f'is not finite, expected pixels'
        )
