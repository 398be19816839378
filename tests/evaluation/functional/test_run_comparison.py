import pytest

from mmlandmark.evaluation.functional.run_comparison import format_delta


@pytest.mark.parametrize(
    ('delta', 'shown'),
    [(-0.000321, '-0.000321'), (12.34, '+12.3'), (1e-9, '+0.000000'), (None, '-')],
)
def test_small_deltas_keep_their_digits(delta, shown):
    assert format_delta(delta) == shown
