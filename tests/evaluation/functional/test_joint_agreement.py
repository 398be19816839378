import dataclasses

import numpy as np
import pytest
from two_labellings import SHARED, Differences, labelled_twice, make_people

from mmlandmark.evaluation.functional import joint_agreement
from mmlandmark.evaluation.functional.bootstrap import bootstrap_center, resample_counts
from mmlandmark.evaluation.functional.common_offset import CommonOffset
from mmlandmark.evaluation.functional.joint_agreement import measure_agreement

BIAS = {
    'left_hip': (-0.06, 0.03),
    'right_hip': (0.06, 0.03),
    'left_ankle': (0.0, -0.05),
    'right_ankle': (0.0, 0.05),
}


def measure(people, differences, **changes):
    data = labelled_twice(people, differences, **changes)
    agreement = measure_agreement(data, replicates=300)
    return agreement, {joint.name: joint for joint in agreement.joints}


@pytest.fixture(scope='module')
def known():
    return measure(make_people(1500, per_image=2), Differences(BIAS, (-0.03, 0.02), noise=0.12))


def test_known_biases_lie_in_their_intervals(known):
    _, joints = known
    missed = 0
    for name in SHARED:
        truth, bias = BIAS.get(name, (0.0, 0.0)), joints[name].bias
        missed += ((bias.interval[:, 0] > truth) | (truth > bias.interval[:, 1])).sum()
        np.testing.assert_allclose(bias.vector, truth, atol=0.02)
        assert joints[name].noise == pytest.approx(0.12, rel=0.1)
    assert missed <= 4  # of 24 coordinates at 95 %, which share the shift's error


def test_people_are_counted_and_images_too(known):
    agreement, joints = known
    assert agreement.instances == joints['left_hip'].instances == 1500
    assert agreement.images == joints['left_hip'].images == 750


def test_bounds_hold_the_uncertainty_of_the_shift_too():
    # of people who hardly lean, a shift of the picture is ill told from a bias down the body
    agreement, joints = measure(make_people(150, turn=0.4), Differences(noise=0.1))
    counts = resample_counts(150, 300)
    down = agreement.offset.interval()[1]
    wider = []
    for joint in joints.values():
        alone = bootstrap_center(joint.differences, np.arange(150), counts)[:, 1]
        low, high = np.quantile(alone, [0.025, 0.975])
        wider.append((joint.bias.interval[1, 1] - joint.bias.interval[1, 0]) / (high - low))
    assert down[1] - down[0] > 0.01
    assert np.mean(wider) > 1.05


@pytest.mark.parametrize('part', [0, 1], ids=['size', 'pixels'])
def test_each_part_of_the_shift_widens_the_bounds_by_its_own_measure(monkeypatch, part):
    """Upright people without any difference, by hand: nothing but the shift is uncertain.

    A replicate of the size part moves all by the same share of their size; one of the pixel part
    moves the people of 50 px, half of all, by twice the share of those of 100 px.
    """
    units = np.repeat([50.0, 100.0], 20)
    data = labelled_twice(make_people(40, turn=0.0, backs=0.0), Differences(noise=0.0), unit=units)
    data = dataclasses.replace(data, target=data.source.copy())
    replicates = np.zeros((300, 2, 2))
    replicates[:, part, 1] = np.linspace(-0.1, 0.1, 300)
    shift = CommonOffset(np.zeros(2), np.zeros(2), 75.0, replicates, True)
    monkeypatch.setattr(joint_agreement, 'common_offset', lambda *args: shift)
    share = 1.0 if part == 0 else (75 / 50 + 75 / 100) / 2
    for joint in measure_agreement(data, replicates=300).joints:
        np.testing.assert_allclose(joint.bias.vector, 0, atol=1e-9)
        assert joint.bias.interval[1] == pytest.approx([-0.095 * share, 0.095 * share], rel=1e-3)
        np.testing.assert_allclose(
            joint.bias.interval[0], 0, atol=5e-4
        )  # people are not quite upright


def test_left_and_right_mirror_or_do_not(known):
    _, joints = known
    assert joints['left_hip'].mirrored.size < 0.02
    assert joints['left_hip'].partner == 'right_hip'
    assert joints['left_ankle'].mirrored.lower > 0.07
    assert not any(joint.exchanged for joint in joints.values())


def test_a_bias_along_the_limb_shows_in_its_frame_only():
    people = make_people(1500)
    data = labelled_twice(people, Differences(noise=0.05))
    wrist, elbow = SHARED.index('left_wrist'), SHARED.index('left_elbow')
    # the forearm points anywhere
    angle = np.random.default_rng(5).uniform(0, 2 * np.pi, 1500)
    arm = np.stack([np.cos(angle), np.sin(angle)], axis=1) * people.head[:, None]
    source, target = data.source.copy(), data.target.copy()
    source[:, wrist] = source[:, elbow] + arm
    target[:, wrist] = target[:, elbow] + 1.2 * arm
    moved = dataclasses.replace(data, source=source, target=target)
    joint = measure_agreement(moved, replicates=200).joints[wrist]
    assert joint.bias.upper < 0.03
    (limb,) = joint.limb_biases
    assert limb.frame == 'to left_elbow'
    assert limb.vector[1] == pytest.approx(-0.2, abs=0.02)
    assert joint.upper == limb.upper > 0.15


def test_exchanged_labels_are_seen():
    data = labelled_twice(make_people(300), Differences())
    partner = {**dict(data.swaps), **{b: a for a, b in data.swaps}}
    order = [SHARED.index(partner[name]) for name in SHARED]
    swapped = dataclasses.replace(data, target=data.target[:, order])
    joints = measure_agreement(swapped, replicates=50).joints
    assert all(joint.exchanged for joint in joints)


def test_what_is_not_labelled_influences_nothing():
    data = labelled_twice(make_people(300), Differences(BIAS))
    target, unit = data.target.copy(), data.unit.copy()
    target[::2, 0] = np.nan
    unit[3], unit[5] = np.nan, 0.0
    one = measure_agreement(dataclasses.replace(data, target=target, unit=unit), replicates=50)
    assert one.without_unit == 2
    assert one.joints[0].instances == 148
    kept = unit > 0
    rows = {name: getattr(data, name)[kept] for name in ('source', 'learned', 'unit')}
    fewer = dataclasses.replace(data, target=target[kept], groups=np.arange(298), **rows)
    other = measure_agreement(fewer, replicates=50)
    for a, b in zip(one.joints, other.joints, strict=True):
        np.testing.assert_allclose(a.bias.vector, b.bias.vector, atol=1e-9)
        assert (a.noise, a.distance, a.instances) == (b.noise, b.distance, b.instances)


def test_gains_compare_the_same_instances():
    people = make_people(400)
    data = labelled_twice(people, Differences({'left_hip': (0.2, 0.0)}, noise=0.1))
    learned = data.target + 0.02 * people.head[:, None, None]
    learned[::2] = np.nan
    joints = measure_agreement(dataclasses.replace(data, learned=learned), replicates=50).joints
    hip = next(joint for joint in joints if joint.name == 'left_hip')
    assert hip.distance_learned == pytest.approx(0.02 * np.sqrt(2))
    assert hip.gain > hip.gain_over_offset > 0.5
    nothing = measure_agreement(
        dataclasses.replace(data, learned=np.full_like(learned, np.nan)), replicates=50
    )
    assert all(np.isnan(joint.gain) for joint in nothing.joints)
