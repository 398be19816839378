"""Two processes train a union head as one does, with unequal shares of labelled points."""

from __future__ import annotations

import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from processes import run_two  # noqa: E402

from models.heads.union_processes import KINDS, train, work  # noqa: E402


@pytest.fixture(scope='module')
def two(tmp_path_factory) -> list[dict]:
    """What two processes over gloo found, without find_unused_parameters."""
    folder = tmp_path_factory.mktemp('two')
    run_two(work, folder)
    return [torch.load(folder / f'{rank}.pt', weights_only=True) for rank in range(2)]


@pytest.mark.slow
@pytest.mark.parametrize('kind', KINDS)
def test_losses_gradients_and_weights_are_those_of_one_process(two, kind):
    one = train(kind)
    for found in two:
        assert set(found[kind]) == set(one)
        for key, value in one.items():
            torch.testing.assert_close(found[kind][key], value, atol=1e-6, rtol=1e-5, msg=key)
    gradients = [key for key in one if key.startswith('0/gradient/')]
    assert gradients and all(one[key].abs().sum() > 0 for key in gradients)
