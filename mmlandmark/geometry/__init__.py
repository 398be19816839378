"""Functions over keypoint coordinates, batch first; numpy and torch only."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from mmlandmark.geometry.boxes import box_iou, boxes_from_points, xywh_to_xyxy, xyxy_to_xywh
from mmlandmark.geometry.regions import crop_slices, region_boxes, region_statistics

if TYPE_CHECKING:
    from mmlandmark.geometry.flip import flip_points, flip_visible
    from mmlandmark.geometry.similarity import similarity_transform

# Imported when first asked for: they bring torch, which those who only read files do without.
_LAZY = {
    'flip_points': 'mmlandmark.geometry.flip',
    'flip_visible': 'mmlandmark.geometry.flip',
    'similarity_transform': 'mmlandmark.geometry.similarity',
}

__all__ = [
    'box_iou',
    'boxes_from_points',
    'crop_slices',
    'flip_points',
    'flip_visible',
    'region_boxes',
    'region_statistics',
    'similarity_transform',
    'xywh_to_xyxy',
    'xyxy_to_xywh',
]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    return getattr(import_module(_LAZY[name]), name)
