"""What is asked for comes back, be it a result or an error."""

import math

import pytest
import shared_server


def assert_even(number):
    assert number % 2 == 0, f'{number} is odd'


@pytest.mark.parametrize('shared', [True, False])
def test_results_and_errors_come_back(monkeypatch, shared):
    monkeypatch.setattr(shared_server, '_address', shared_server.share() if shared else '')
    assert shared_server.ask(math.comb, 5, 2) == 10
    assert shared_server.ask(assert_even, 2) is None
    with pytest.raises(AssertionError, match='3 is odd'):
        shared_server.ask(assert_even, 3)
    with pytest.raises(ValueError, match='non-negative'):
        shared_server.ask(math.comb, -1, 2)
