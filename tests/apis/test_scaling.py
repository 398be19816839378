"""What many devices should give: examples worked by hand, and what must hold for all numbers."""

from __future__ import annotations

import pytest
from doc_blocks import Page
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlandmark.apis.scaling import Links, Step, reduction_seconds, ring_seconds, scale
from mmlandmark.errors import LandmarkError

STEP = Step(seconds=0.2, backward=0.5, batch=64, parameters=100e6, bucket=40e6)
LINKS = Links(100e9, 25e9, device_latency=1e-5, network_latency=1e-4, per_node=8)

PAGE = Page('docs/scaling.md')


def test_a_ring_by_hand():
    """400 MB over 8 devices at 100 GB/s: 1.75 x 4 ms, and 14 messages of 10 us."""
    assert ring_seconds(400e6, 8, 100e9, 1e-5) == pytest.approx(7e-3 + 1.4e-4)
    assert ring_seconds(400e6, 1, 100e9, 1e-5) == 0


def test_eight_devices_by_hand():
    """7.14 ms are hidden in 90 ms of the backward pass but for the last tenth of the bytes."""
    found = scale(STEP, 8, LINKS)
    assert found.reduction == pytest.approx(7.14e-3)
    assert found.waiting == pytest.approx(0.714e-3)
    assert found.seconds == pytest.approx(0.200714)
    assert found.samples == pytest.approx(512 / 0.200714)
    assert found.efficiency == pytest.approx(0.2 / 0.200714)


def test_sixty_four_devices_by_hand():
    """The same within nodes; around 8 nodes 1.75 x 16 ms and 14 messages of 0.1 ms."""
    found = scale(STEP, 64, LINKS)
    assert found.reduction == pytest.approx(7.14e-3 + 28e-3 + 1.4e-3)
    assert found.waiting == pytest.approx(3.654e-3)


def test_a_slow_network_shows():
    """At 1 GB/s 700 ms go around; 90 ms of 708.54 are hidden."""
    slow = Links(100e9, 1e9, device_latency=1e-5, network_latency=1e-4, per_node=8)
    found = scale(STEP, 64, slow)
    assert found.waiting == pytest.approx(7.14e-3 + 0.7 + 1.4e-3 - 0.09)
    assert found.efficiency == pytest.approx(0.2 / (0.2 + 0.61854))


def test_half_the_bytes_take_half_the_time():
    half = Step(**{**vars(STEP), 'bytes_each': 2})
    links = Links(100e9, 25e9, device_latency=1e-12, network_latency=1e-12)
    whole = reduction_seconds(STEP.bytes, 64, links)
    assert reduction_seconds(half.bytes, 64, links) == pytest.approx(whole / 2)


@settings(max_examples=30, deadline=None)
@given(
    devices=st.sampled_from([1, 2, 4, 8, 16, 64, 512]),
    rate=st.floats(1e6, 1e12),
    backward=st.floats(0.01, 0.99),
)
def test_nothing_is_quicker_than_without_waiting(devices, rate, backward):
    step = Step(0.1, backward, 32, 1e7)
    found = scale(step, devices, Links(rate * 4, rate))
    assert 0 < found.efficiency <= 1 and found.seconds >= step.seconds
    assert found.waiting <= found.reduction
    assert found.efficiency == 1 if devices == 1 else found.efficiency < 1


@pytest.mark.parametrize(
    ('make', 'words'),
    [
        (lambda: Step(0, 0.5, 1, 1), 'seconds is 0'),
        (lambda: Step(1, 1.0, 1, 1), 'backward is 1.0'),
        (lambda: Step(float('nan'), 0.5, 1, 1), 'seconds is nan'),
        (lambda: Links(1, -1), 'network is -1'),
        (lambda: scale(STEP, 12, LINKS), '12 devices on nodes of 8'),
        (lambda: scale(STEP, 0, LINKS), '0 devices'),
    ],
)
def test_numbers_that_cannot_be(make, words):
    with pytest.raises(LandmarkError, match=words):
        make()


def test_the_command_of_the_guide_prints_its_table(capsys):
    (command,) = PAGE.commands('--seconds')
    assert command.run() == 0
    printed = capsys.readouterr().out
    assert [line for line in printed.splitlines() if line.split()[:1] == ['64']]


def test_the_parameters_of_the_guide_are_counted(capsys):
    pytest.importorskip('mmpose')
    (command,) = PAGE.commands('python -c')
    exec(command.take()[2], {})
    count = int(capsys.readouterr().out.splitlines()[-1])
    assert f'It prints {count} (17 keypoints)' in PAGE.text
