"""Two processes train heads of hands as one does, with unequal shares of labels and of z."""

from __future__ import annotations

import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from processes import run_two  # noqa: E402

from models.heads.hand_batches import HEADS  # noqa: E402
from models.heads.hand_processes import train, work  # noqa: E402


@pytest.mark.slow
def test_losses_gradients_and_weights_are_those_of_one_process(tmp_path) -> None:
    run_two(work, tmp_path)
    two = [torch.load(tmp_path / f'{rank}.pt', weights_only=True) for rank in range(2)]
    for kind in HEADS:
        one = train(kind)
        for found in two:
            assert set(found[kind]) == set(one)
            for key, value in one.items():
                torch.testing.assert_close(found[kind][key], value, atol=1e-6, rtol=1e-5, msg=key)
        moved = [key for key in one if key.startswith('0/gradient/') and one[key].abs().sum() > 0]
        assert len(moved) > 3
