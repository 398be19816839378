"""Functions over keypoint coordinates, batch first; numpy and torch only."""

from mmlandmark.geometry.boxes import box_iou, boxes_from_points, xywh_to_xyxy, xyxy_to_xywh
from mmlandmark.geometry.flip import flip_points, flip_visible
from mmlandmark.geometry.similarity import similarity_transform

__all__ = [
    'box_iou',
    'boxes_from_points',
    'flip_points',
    'flip_visible',
    'similarity_transform',
    'xywh_to_xyxy',
    'xyxy_to_xywh',
]
