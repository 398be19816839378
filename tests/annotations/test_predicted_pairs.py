"""Predictions beside labels as a COCO object."""

from __future__ import annotations

import numpy as np
import pytest

from mmlandmark.annotations.predicted_pairs import PredictedPair, pair_document
from mmlandmark.annotations.reader import read_coco_keypoints
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import get_schema

COCO, MPII = get_schema('coco17'), get_schema('mpii16')


def pair(number: int, image: int | str, **more) -> PredictedPair:
    points, visible = np.full((17, 2), 10.0 * number), np.full(17, 2)
    points[3], visible[3] = np.nan, 0
    labels = np.full((16, 2), 20.0)
    return PredictedPair(
        number, image, points, visible, np.ones(17), labels, np.full(16, 2), **more
    )


def test_both_sides_can_be_read_again():
    box = np.array([1.0, 2.0, 4.0, 8.0])
    pairs = [pair(5, 9, bbox=box, extra=dict(head_size=3.5)), pair(7, 8)]
    content = pair_document(pairs, COCO, MPII, 'x')
    source = read_coco_keypoints(content, COCO)
    target = read_coco_keypoints(content, MPII, keypoints_field='keypoints_target')
    assert source.ids.tolist() == target.ids.tolist() == [5, 7]
    assert source.image_ids.tolist() == [9, 8]
    assert [image['id'] for image in content['images']] == [8, 9]
    assert source.points[1, 0].tolist() == [70, 70] and target.points[0, 0].tolist() == [20, 20]
    assert source.visible[:, 3].tolist() == [0, 0] and not source.points[:, 3].any()
    assert source.bboxes[0].tolist() == box.tolist() and np.isnan(source.bboxes[1]).all()
    assert source.annotations[0]['head_size'] == 3.5
    assert source.annotations[0]['num_keypoints'] == 16


def test_pictures_with_text_ids_are_numbered_by_name():
    content = pair_document([pair(1, 'b'), pair(2, 'a'), pair(3, 'b')], COCO, MPII, 'x')
    assert [a['image_id'] for a in content['annotations']] == [2, 1, 2]


def test_an_id_occurs_once():
    with pytest.raises(LandmarkError, match='x.json: annotation 1 was predicted 2 times'):
        pair_document([pair(1, 1), pair(1, 2)], COCO, MPII, 'x.json')
