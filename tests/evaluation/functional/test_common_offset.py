import numpy as np
import pytest
from two_labellings import Differences, labelled_twice, make_people

from mmlandmark.evaluation.functional.bootstrap import resample_counts
from mmlandmark.evaluation.functional.common_offset import common_offset
from mmlandmark.evaluation.functional.frames import Frames, base_frames


def offset_of(people, differences, change=None):
    data = labelled_twice(people, differences)
    delta = (data.target - data.source) / data.unit[:, None, None]
    if change is not None:
        change(delta)
    middle = (data.source + data.target) / 2
    frames = base_frames(None, data.names, middle, data.swaps, data.unit)
    counts = resample_counts(int(data.groups.max()) + 1, 200)
    return common_offset(delta, frames, data.unit, data.groups, counts)


BIAS = {'left_hip': (-0.06, 0.03), 'right_hip': (0.06, 0.03), 'left_knee': (0.0, 0.08)}


def test_parts_of_size_and_of_pixels_are_told_apart():
    offset = offset_of(make_people(3000), Differences(BIAS, (-0.03, 0.02), (0.0, 0.8)))
    np.testing.assert_allclose(offset.size_part, (-0.03, 0.02), atol=0.006)
    np.testing.assert_allclose(offset.pixel_part * offset.median_unit, (0, 0.8), atol=0.35)
    low, high = offset.interval().T
    assert (low < offset.total).all() and (offset.total < high).all()
    assert (high - low < 0.01).all()
    assert offset.separable


def test_a_bias_of_all_keypoints_is_no_shift_where_people_turn():
    bias = {name: (0.0, 0.05) for name in labelled_twice(make_people(2), Differences()).names}
    offset = offset_of(make_people(2000, turn=1.5), Differences(bias))
    np.testing.assert_allclose(offset.total, 0, atol=0.006)


def test_upright_people_give_the_shared_part_to_the_shift():
    bias = {'left_knee': (0.0, 0.4)}
    offset = offset_of(make_people(1000, turn=0.0, backs=0.0), Differences(bias, (0.0, 0.05)))
    assert not offset.separable
    assert offset.total[1] == pytest.approx(0.05, abs=0.01)


def test_gross_errors_and_unlabelled_points_have_no_say():
    def spoil(delta):
        delta[:60] = np.nan
        delta[60:90, :, 1] = 40.0

    people, differences = make_people(1500), Differences(BIAS, (0.03, -0.02))
    spoiled = offset_of(people, differences, spoil)
    np.testing.assert_allclose(spoiled.total, (0.03, -0.02), atol=0.006)


def test_people_of_one_size_do_not_break_it():
    people = make_people(400)
    data = labelled_twice(people, Differences(shift=(0.02, 0.0)), unit=np.full(400, 60.0))
    delta = (data.target - data.source) / people.head[:, None, None]
    frames = base_frames(None, data.names, data.source, data.swaps, data.unit)
    offset = common_offset(delta, frames, data.unit, data.groups, resample_counts(400, 20))
    np.testing.assert_allclose(offset.of(data.unit)[0], (0.02, 0.0), atol=0.01)
    assert np.isfinite(offset.replicates).all()


def two_sizes(size_part, pixel_part):
    """What a size and a pixel part make of four turned instances of 50 and of 100 px, by hand."""
    quarter = np.array([[0.0, -1.0], [1.0, 0.0]])
    axes = np.stack([np.linalg.matrix_power(quarter, turn) for turn in range(4)] * 2)
    unit = np.repeat([50.0, 100.0], 4)
    bias = np.array([[0.02, 0.0], [-0.02, 0.0], [0.0, 0.03]])
    shift = np.asarray(size_part) + np.asarray(pixel_part) / unit[:, None]
    delta = shift[:, None] + np.einsum('nij,pj->npi', axes, bias)
    return delta, Frames('body', axes[..., 0], axes[..., 1]), unit


@pytest.mark.parametrize(
    ('size_part', 'pixel_part'), [((0.04, 0.0), (0.0, 0.0)), ((0.0, 0.0), (2.0, -1.0))]
)
def test_two_sizes_tell_a_share_of_the_size_from_pixels(size_part, pixel_part):
    delta, frames, unit = two_sizes(size_part, pixel_part)
    offset = common_offset(delta, frames, unit, np.arange(8), np.ones((3, 8), dtype=np.int64))
    assert offset.median_unit == 75
    np.testing.assert_allclose(offset.size_part, size_part, atol=1e-9)
    np.testing.assert_allclose(offset.pixel_part * 75, pixel_part, atol=1e-7)
    np.testing.assert_allclose(
        offset.of(unit), size_part + np.array([pixel_part]) / unit[:, None], atol=1e-9
    )


def test_both_parts_lie_within_the_bounds_of_their_replicates():
    offset = offset_of(make_people(1500), Differences(BIAS, (0.03, -0.02), (0.5, 0.0)))
    low, high = np.quantile(offset.replicates, [0.005, 0.995], axis=0)
    truth = np.array([(0.03, -0.02), np.array((0.5, 0.0)) / offset.median_unit])
    for value in (np.array([offset.size_part, offset.pixel_part]), truth):
        assert (low < value).all() and (value < high).all()
    assert (high - low < 0.03).all()
