"""Two processes train as one does, also where their shares are unequal."""

from __future__ import annotations

import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from processes import run_two  # noqa: E402

from models.two_processes import LOSSES, build, train, work  # noqa: E402


@pytest.fixture(scope='module')
def two(tmp_path_factory) -> list[dict]:
    """What two processes over gloo found."""
    folder = tmp_path_factory.mktemp('two')
    run_two(work, folder)
    return [torch.load(folder / f'{rank}.pt', weights_only=True) for rank in range(2)]


@pytest.mark.slow
@pytest.mark.parametrize('loss', LOSSES)
def test_losses_gradients_and_weights_are_those_of_one_process(two, loss):
    one = train(loss)
    for found in two:
        assert set(found[loss]) == set(one)
        for key, value in one.items():
            torch.testing.assert_close(found[loss][key], value, atol=1e-6, rtol=1e-6, msg=key)
    fresh = build(loss).state_dict()
    network = [k for k in fresh if '.network.' in k]
    assert all(not torch.equal(one[k], fresh[k]) for k in network)
