"""Frames: what they undo, and what has no size."""

from __future__ import annotations

import pytest
import torch
from pair_batches import source_points

from mmlandmark.errors import LandmarkError
from mmlandmark.models.converters import BBoxNormalizer, SimilarityNormalizer
from mmlandmark.models.converters.frames import build_normalizer

POINTS = torch.as_tensor(source_points(20))
BOXES = torch.cat([POINTS.amin(1), POINTS.amax(1)], dim=1)


@pytest.mark.parametrize('normalizer', [SimilarityNormalizer(), BBoxNormalizer()])
def test_decode_undoes_encode(normalizer):
    frame = normalizer(POINTS, BOXES)
    torch.testing.assert_close(frame.decode(frame.encode(POINTS)), POINTS)


def test_similarity_centres_and_gives_unit_size_wherever_the_points_are():
    frame = SimilarityNormalizer()(POINTS, None)
    encoded = frame.encode(POINTS)
    torch.testing.assert_close(encoded.mean(1), torch.zeros(20, 2).double())
    torch.testing.assert_close(encoded.square().sum(-1).mean(1), torch.ones(20).double())
    moved = SimilarityNormalizer()(3 * POINTS - 70, None).encode(3 * POINTS - 70)
    torch.testing.assert_close(moved, encoded)


def test_bbox_puts_the_longer_side_between_minus_one_and_one():
    encoded = BBoxNormalizer()(POINTS, BOXES).encode(POINTS)
    span = encoded.amax(1) - encoded.amin(1)
    torch.testing.assert_close(span.amax(1), torch.full((20,), 2.0).double())
    torch.testing.assert_close(encoded.amax(1) + encoded.amin(1), torch.zeros(20, 2).double())


def test_bbox_without_boxes_is_an_error():
    with pytest.raises(LandmarkError, match="normalizer 'bbox' needs a box"):
        BBoxNormalizer()(POINTS, None)


def test_points_in_one_place_stay_where_they_are():
    one = torch.full((1, 6, 2), 50.0)
    frame = SimilarityNormalizer()(one, None)
    assert float(frame.scale) == 1 and not frame.encode(one).any()
    assert float(BBoxNormalizer()(one, torch.full((1, 4), 50.0)).scale) == 1


def test_names():
    assert isinstance(build_normalizer('similarity'), SimilarityNormalizer)
    assert isinstance(build_normalizer('bbox'), BBoxNormalizer)
    with pytest.raises(LandmarkError, match=r"'box' \(did you mean 'bbox'\?\)"):
        build_normalizer('box')
