"""Non-maximum suppression: torchvision's, and the two variants that it lacks."""

from __future__ import annotations

import torch
import torchvision
from torch import Tensor

__all__ = ['nms', 'nms_match', 'softnms']


def _with_offset(boxes: Tensor, offset: int) -> Tensor:
    """Grow xyxy boxes (N, 4) so that their plain size counts both border pixels."""
    return boxes + boxes.new_tensor([0, 0, offset, offset]) if offset else boxes


def _iou_to_many(box: Tensor, boxes: Tensor) -> Tensor:
    return torchvision.ops.box_iou(box[None], boxes)[0]


def nms(boxes: Tensor, scores: Tensor, iou_threshold: float, offset: int) -> Tensor:
    """Return the indices of the kept boxes, best first.

    Args:
        boxes: (N, 4) xyxy.
        scores: (N,).
        iou_threshold: A box that overlaps a better one by more than this is dropped.
        offset: 1 where a box of x1 == x2 is one pixel wide, 0 where it is empty.
    """
    if boxes.dtype in (torch.float16, torch.bfloat16):
        boxes, scores = boxes.float(), scores.float()
    return torchvision.ops.nms(_with_offset(boxes, offset), scores.to(boxes.dtype), iou_threshold)


def softnms(
    boxes: Tensor,
    scores: Tensor,
    dets: Tensor,
    iou_threshold: float,
    sigma: float,
    min_score: float,
    method: int,
    offset: int,
) -> Tensor:
    """Soft-NMS (Bodla et al., ICCV 2017): lower the scores of overlapping boxes.

    Args:
        boxes: (N, 4) xyxy.
        scores: (N,).
        dets: (N, 5), filled from the top with the kept boxes and their lowered scores.
        iou_threshold: Overlap from which ``method`` 0 and 1 act.
        sigma: Width of the Gaussian of ``method`` 2.
        min_score: A box whose score falls below this is dropped.
        method: 0 drops the box, 1 multiplies its score by 1 - IoU, 2 by exp(-IoU^2 / sigma).
        offset: As for :func:`nms`.

    Returns:
        The indices of the kept boxes, best first.
    """
    grown, scores = _with_offset(boxes, offset), scores.clone()
    remaining, kept = torch.arange(len(boxes)), []
    while len(remaining):
        best = remaining[scores[remaining].argmax()]
        dets[len(kept), :4], dets[len(kept), 4] = boxes[best], scores[best]
        kept.append(int(best))
        remaining = remaining[remaining != best]
        overlap = _iou_to_many(grown[best], grown[remaining])
        if method == 2:
            decay = torch.exp(-overlap.square() / sigma)
        else:
            lowered = 1 - overlap if method == 1 else torch.zeros_like(overlap)
            decay = torch.where(overlap >= iou_threshold, lowered, torch.ones_like(overlap))
        scores[remaining] *= decay
        remaining = remaining[scores[remaining] >= min_score]
    return torch.tensor(kept, dtype=torch.long)


def nms_match(dets: Tensor, iou_threshold: float) -> list[list[int]]:
    """Group each kept box with those that it suppresses.

    Args:
        dets: (N, 5) xyxy and score.
        iou_threshold: A box that overlaps a better one by at least this joins its group.

    Returns:
        One list of indices a group: the kept box first, the rest by falling score.
    """
    boxes, remaining = dets[:, :4], dets[:, 4].argsort(descending=True)
    groups = []
    while len(remaining):
        best, rest = remaining[0], remaining[1:]
        joins = _iou_to_many(boxes[best], boxes[rest]) >= iou_threshold
        groups.append([int(best), *rest[joins].tolist()])
        remaining = rest[~joins]
    return groups
