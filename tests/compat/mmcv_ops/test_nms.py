"""Non-maximum suppression against torchvision and against a plain double loop."""

import numpy as np
import pytest
import torch
import torchvision
from mmcv.ops import batched_nms, nms, nms_match, soft_nms


def random_boxes(count, seed=0):
    generator = torch.Generator().manual_seed(seed)
    corner = torch.rand(count, 2, generator=generator) * 80
    size = torch.rand(count, 2, generator=generator) * 40 + 1
    return torch.cat([corner, corner + size], 1), torch.rand(count, generator=generator)


def overlap(a, b, offset=0):
    width = min(a[2], b[2]) - max(a[0], b[0]) + offset
    height = min(a[3], b[3]) - max(a[1], b[1]) + offset
    inter = max(width, 0) * max(height, 0)
    area = [(x[2] - x[0] + offset) * (x[3] - x[1] + offset) for x in (a, b)]
    return inter / (sum(area) - inter)


@pytest.mark.parametrize('seed', range(3))
def test_nms_equals_torchvision(seed):
    boxes, scores = random_boxes(200, seed)
    dets, inds = nms(boxes, scores, 0.4)
    expected = torchvision.ops.nms(boxes, scores, 0.4)
    assert torch.equal(inds, expected)
    assert torch.equal(dets, torch.cat([boxes, scores[:, None]], 1)[expected])


def test_nms_with_offset_counts_both_border_pixels():
    boxes, scores = random_boxes(60)
    kept = []
    for i in scores.argsort(descending=True).tolist():
        if all(overlap(boxes[i].tolist(), boxes[j].tolist(), 1) <= 0.3 for j in kept):
            kept.append(i)
    assert nms(boxes, scores, 0.3, offset=1)[1].tolist() == kept


def test_nms_of_nothing_and_of_numpy():
    dets, inds = nms(torch.zeros(0, 4), torch.zeros(0), 0.5)
    assert dets.shape == (0, 5) and inds.numel() == 0
    boxes, scores = random_boxes(20)
    dets, inds = nms(boxes.numpy(), scores.numpy(), 0.5, score_threshold=0.3, max_num=3)
    assert isinstance(dets, np.ndarray) and len(inds) <= 3 and (dets[:, 4] > 0.3).all()


def test_batched_nms_keeps_classes_apart():
    boxes, scores = random_boxes(80)
    labels = torch.arange(80) % 3
    _, inds = batched_nms(boxes, scores, labels, dict(type='nms', iou_threshold=0.5))
    assert torch.equal(inds, torchvision.ops.batched_nms(boxes, scores, labels, 0.5))


@pytest.mark.parametrize(('method', 'offset'), [('naive', 0), ('linear', 0), ('gaussian', 1)])
def test_soft_nms_equals_a_plain_loop(method, offset):
    boxes, scores = random_boxes(40)
    dets, inds = soft_nms(boxes, scores, 0.3, 0.5, 0.05, method, offset)

    left, kept, value = list(range(40)), [], scores.tolist()
    rows = []
    while left:
        best = max(left, key=lambda i: value[i])
        left.remove(best)
        kept.append(best)
        rows.append([*boxes[best].tolist(), value[best]])
        for i in left:
            iou = overlap(boxes[best].tolist(), boxes[i].tolist(), offset)
            if method == 'gaussian':
                value[i] *= np.exp(-(iou**2) / 0.5)
            elif iou >= 0.3:
                value[i] *= 1 - iou if method == 'linear' else 0
        left = [i for i in left if value[i] >= 0.05]
    assert inds.tolist() == kept
    torch.testing.assert_close(dets, torch.tensor(rows, dtype=torch.float32), rtol=1e-5, atol=1e-6)


def test_nms_match_groups_every_box_once():
    boxes, scores = random_boxes(50)
    groups = nms_match(torch.cat([boxes, scores[:, None]], 1), 0.3)
    assert sorted(int(i) for group in groups for i in group) == list(range(50))
    for group in groups:
        assert scores[group].tolist() == sorted(scores[group].tolist(), reverse=True)
        for i in group[1:]:
            assert overlap(boxes[group[0]].tolist(), boxes[i].tolist()) >= 0.3 - 1e-6
