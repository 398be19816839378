from __future__ import annotations

import numpy as np

from mmlandmark.schemas import KeypointSchema
from mmlandmark.visualization.region_overlay import draw_regions, label_places


def test_boxes_are_drawn_where_they_are():
    schema = KeypointSchema('one', ('a',))
    picture = np.zeros((480, 480, 3), np.uint8)
    boxes = np.array([[[100, 200, 180, 260], [np.nan] * 4]])
    drawn = draw_regions(picture, np.zeros((1, 1, 2)), np.zeros((1, 1)), schema, boxes, ['b', 'c'])
    assert drawn.shape == picture.shape
    assert drawn[200:261, 100].any(axis=1).all()
    assert drawn[200:261, 180].any(axis=1).all()
    assert not drawn[300:, :].any()
    assert not picture.any()


def test_labels_stand_beside_their_box_and_never_over_each_other():
    boxes = [np.array(box) for box in ([40, 50, 90, 80], [42, 52, 88, 78], [0, 0, 99, 99])] * 3
    sizes = [(30, 8), (35, 8), (20, 8)] * 3
    places = label_places(boxes, sizes, (100, 100))
    assert places[0] == (40, 42)
    owner = np.zeros((100, 100), int)
    for (x, y), (width, height) in zip(places, sizes, strict=True):
        assert x >= 0 and y >= 0 and x + width <= 100 and y + height <= 100
        owner[y : y + height, x : x + width] += 1
    assert owner.max() == 1
    assert owner.sum() == sum(width * height for width, height in sizes)
