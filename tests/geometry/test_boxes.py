"""Boxes from labelled points, overlap, and notations."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torchvision.ops import box_iou as torchvision_iou

from mmlandmark.geometry import box_iou, boxes_from_points, xywh_to_xyxy, xyxy_to_xywh


def random_boxes(seed: int, count: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return xywh_to_xyxy(generator.uniform(1, 50, (count, 4)))


def test_only_labelled_points_count() -> None:
    points = np.array([[[1, 2], [5, 4], [np.nan, np.inf]], [[0, 0], [0, 0], [3, 7]]])
    visible = np.array([[2, 1, 0], [0, 0, 2]])
    assert boxes_from_points(points, visible).tolist() == [[1, 2, 5, 4], [3, 7, 3, 7]]
    assert boxes_from_points(points, visible, padding=0.5)[0].tolist() == [-1, 1, 7, 5]


def test_no_labelled_point_gives_no_box() -> None:
    boxes = boxes_from_points(np.zeros((2, 3, 2)), np.array([[0, 0, 0], [0, 1, 0]]))
    assert np.isnan(boxes[0]).all() and boxes[1].tolist() == [0, 0, 0, 0]
    assert np.isnan(boxes_from_points(np.zeros((1, 3, 2)), np.zeros((1, 3)), padding=0.5)).all()
    assert boxes_from_points(np.zeros((0, 3, 2)), np.zeros((0, 3))).shape == (0, 4)
    assert np.isnan(boxes_from_points(np.zeros((1, 0, 2)), np.zeros((1, 0)))).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 6), st.integers(0, 6))
def test_overlap_is_that_of_torchvision(seed: int, n: int, m: int) -> None:
    a, b = random_boxes(seed, n), random_boxes(seed + 1, m)
    expected = torchvision_iou(torch.from_numpy(a), torch.from_numpy(b)).numpy()
    np.testing.assert_allclose(box_iou(a, b), expected, atol=1e-12)
    np.testing.assert_allclose(np.diag(box_iou(a, a)), 1)


def test_overlap_at_the_edges() -> None:
    empty, nan = np.zeros((1, 4)), np.full((1, 4), np.nan)
    assert box_iou(empty, empty).item() == 0
    assert np.isnan(box_iou(nan, random_boxes(0, 1))).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_notations_lead_back(seed: int) -> None:
    boxes = random_boxes(seed, 4).reshape(2, 2, 4)
    np.testing.assert_allclose(xywh_to_xyxy(xyxy_to_xywh(boxes)), boxes)
    assert xyxy_to_xywh([1, 2, 4, 8]).tolist() == [1, 2, 3, 6]
