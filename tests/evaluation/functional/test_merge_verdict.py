import pytest

from mmlandmark.evaluation.functional.merge_verdict import (
    APART,
    MERGE,
    OFFSET,
    UNDECIDED,
    Evidence,
    Limits,
    judge,
    worse,
)


def evidence(**changes):
    fields = dict(
        images=500,
        lower=0.0,
        upper=0.03,
        bias_over_noise=0.1,
        noise=0.12,
        distance=0.15,
        gain=0.02,
        gain_over_offset=0.01,
    )
    return Evidence(**(fields | changes))


@pytest.mark.parametrize(
    ('changes', 'name', 'within'),
    [
        ({}, MERGE, True),
        (dict(upper=0.049), MERGE, True),
        (dict(upper=0.051), OFFSET, True),
        (dict(upper=0.099), OFFSET, True),
        (dict(bias_over_noise=0.6), OFFSET, True),
        (dict(gain=0.14), OFFSET, True),
        (dict(gain=0.14, distance=0.04), MERGE, True),
        (dict(gain=0.14, gain_over_offset=0.13), MERGE, True),
        (dict(gain=0.4, gain_over_offset=0.35), APART, True),
        (dict(gain=0.4, gain_over_offset=0.35, distance=0.04), MERGE, True),
        (dict(lower=0.12, upper=0.15), OFFSET, False),
        (dict(lower=0.12, upper=0.15, gain_over_offset=0.2), APART, False),
        (dict(lower=0.09, upper=0.11), OFFSET, False),
        (dict(lower=0.09, upper=0.11, gain_over_offset=0.2), UNDECIDED, False),
        (dict(lower=0.03, upper=0.15), UNDECIDED, False),
        (dict(lower=0.15, upper=0.22), UNDECIDED, False),
        (dict(lower=0.21, upper=0.3), APART, False),
        (dict(images=20), UNDECIDED, False),
        (dict(images=20, lower=0.5, upper=0.6), UNDECIDED, False),
        (dict(exchanged=True), APART, True),
        (dict(noise=0.6), UNDECIDED, True),
        (dict(asymmetry=0.06), UNDECIDED, True),
        (dict(gain=float('nan'), gain_over_offset=float('nan')), UNDECIDED, True),
    ],
)
def test_verdicts(changes, name, within):
    found = judge(evidence(**changes), Limits())
    assert (found.name, found.within) == (name, within), found
    assert found.reasons


def test_everything_scales_with_the_tolerance():
    assert judge(evidence(upper=0.03), Limits(tolerance=0.05)).name == OFFSET
    assert judge(evidence(lower=0.11, upper=0.15), Limits(tolerance=0.05)).name == APART


def test_few_samples_and_near_misses_are_warned_of():
    assert judge(evidence(images=50), Limits()).warnings == ('few samples',)
    assert 'nearly' in judge(evidence(upper=0.095), Limits()).warnings[0]
    learned = evidence(gain=0.14, gain_over_offset=0.13)
    assert 'beyond an offset' in judge(learned, Limits()).warnings[0]
    assert not judge(evidence(), Limits()).warnings


def test_of_a_pair_the_worse_counts():
    free, apart = judge(evidence(), Limits()), judge(evidence(lower=0.3, upper=0.4), Limits())
    assert worse(free, apart, 'left_hip').name == APART
    assert worse(free, apart, 'left_hip').reasons[0] == 'as left_hip'
    assert not worse(free, apart, 'left_hip').within
    assert worse(apart, free, 'right_hip').name == APART
    assert worse(free, free, 'right_hip') == free
