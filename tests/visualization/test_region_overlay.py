from __future__ import annotations

import numpy as np

from mmlandmark.schemas import KeypointSchema
from mmlandmark.visualization.region_overlay import draw_regions


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
