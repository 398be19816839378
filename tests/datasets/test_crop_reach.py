"""Nothing that a crop shows lies outside of what is foreseen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmpose.datasets.transforms import (  # noqa: E402
    GetBBoxCenterScale,
    RandomBBoxTransform,
    TopdownAffine,
)
from mmpose.structures.bbox import get_udp_warp_matrix, get_warp_matrix  # noqa: E402

from mmlandmark.datasets.crop_reach import BoxReach, CropReach  # noqa: E402
from mmlandmark.datasets.transforms import CropWithMargin  # noqa: E402


def corners(results: dict, crop: TopdownAffine) -> np.ndarray:
    """Return (4, 2) where the outermost pixels of the input are in the picture."""
    width, height = crop.input_size
    scale = TopdownAffine._fix_aspect_ratio(results['bbox_scale'], width / height)[0]
    make = get_udp_warp_matrix if crop.use_udp else get_warp_matrix
    turn = results.get('bbox_rotation', [0.0])[0]
    matrix = make(results['bbox_center'][0], scale, turn, output_size=(width, height))
    ends = np.array([[x, y, 1] for x in (0, width - 1) for y in (0, height - 1)])
    return ends @ np.linalg.inv(np.vstack([matrix, [0, 0, 1]])).T[:, :2]


@settings(max_examples=60, deadline=None)
@given(
    box=st.tuples(*[st.floats(1, 300)] * 4),
    size=st.tuples(st.integers(8, 60), st.integers(8, 60)),
    use_udp=st.booleans(),
    rotate=st.floats(0, 200),
    shift=st.floats(0, 0.5),
    seed=st.integers(0, 99),
)
def test_crops_lie_within_their_reach_and_that_of_the_box(box, size, use_udp, rotate, shift, seed):
    x, y, width, height = box
    padding = GetBBoxCenterScale()
    change = RandomBBoxTransform(
        shift_factor=shift, shift_prob=0.7, scale_factor=(0.5, 1.4), scale_prob=0.7,
        rotate_factor=rotate, rotate_prob=0.7,
    )  # fmt: skip
    crop = TopdownAffine(size, use_udp=use_udp)
    start = dict(bbox=np.array([[x, y, x + width, y + height]], dtype=np.float32))
    around = BoxReach((padding, change), crop)(start)
    np.random.seed(seed)
    for _ in range(5):
        results = change(padding(dict(start)))
        shown, reach = corners(results, crop), CropReach(crop)(results)
        assert (reach.low < shown).all() and (shown < reach.high).all()
        assert (around.low <= reach.low + 1e-3).all()
        assert (reach.high <= around.high + 1e-3).all()
        assert around.pixels <= reach.pixels * (1 + 1e-5)


def test_it_is_no_larger_than_needed():
    crop = TopdownAffine((100, 100))
    results = dict(
        bbox_center=np.array([[50.0, 60.0]]), bbox_scale=np.array([[200.0, 100.0]])
    )  # fmt: skip
    reach = CropReach(crop)(results)
    assert reach.pixels == 2.0
    assert np.allclose(reach.high - [50, 60], 100 * 1.01 + 3)
    turned = CropReach(crop)({**results, 'bbox_rotation': np.array([45.0])})
    assert np.allclose(turned.high - [50, 60], 100 * np.sqrt(2) * 1.01 + 3)


def test_a_crop_with_a_margin_shows_its_margin():
    results = dict(bbox_center=np.array([[50.0, 60.0]]), bbox_scale=np.array([[200.0, 200.0]]))
    plain = CropReach(TopdownAffine((100, 100)))(results)
    wide = CropReach(CropWithMargin((100, 100), margin=0.5, resolution=2.0))(results)
    assert wide.pixels == 1.0
    assert (wide.high - [50, 60] > 2 * 99).all() and (plain.high - [50, 60] < 105).all()


def test_samples_without_a_box_have_none():
    assert BoxReach((), TopdownAffine((10, 10)))({}) is None
