"""Functions over keypoint coordinates, batch first; numpy and torch only."""

from mmlandmark.geometry.boxes import box_iou, boxes_from_points, xywh_to_xyxy, xyxy_to_xywh
from mmlandmark.geometry.flip import flip_points, flip_visible
from mmlandmark.geometry.regions import crop_slices, region_boxes, region_statistics
from mmlandmark.geometry.similarity import similarity_transform

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
