"""Two processes train maps of channels as one does, with unequal shares of cells and keypoints."""

from __future__ import annotations

import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from processes import run_two  # noqa: E402

from mmlandmark.errors import LandmarkError  # noqa: E402
from models.heads.channel_batches import build  # noqa: E402
from models.heads.channel_processes import LOSSES, logged, train, work  # noqa: E402


@pytest.fixture(scope='module')
def two(tmp_path_factory) -> list[dict]:
    """What two processes over gloo found, without find_unused_parameters."""
    folder = tmp_path_factory.mktemp('two')
    run_two(work, folder)
    return [torch.load(folder / f'{rank}.pt', weights_only=True) for rank in range(2)]


@pytest.mark.slow
@pytest.mark.parametrize('kind', LOSSES)
def test_losses_gradients_and_weights_are_those_of_one_process(two, kind):
    one = train(kind)
    for found, _ in (process[kind] for process in two):
        assert set(found) == set(one)
        for key, value in one.items():
            torch.testing.assert_close(found[key], value, atol=1e-6, rtol=1e-5, msg=key)
    gradients = [key for key in one if key.startswith('0/gradient/')]
    assert gradients and all(one[key].abs().sum() > 0 for key in gradients)


@pytest.mark.slow
@pytest.mark.parametrize('kind', LOSSES)
def test_each_process_logs_what_one_would(two, kind):
    one = logged(kind)
    assert sorted(one) == ['excess/corner', 'excess/flap', 'loss']
    for _, found in (process[kind] for process in two):
        assert found == pytest.approx(one, rel=1e-5)


@pytest.mark.slow
def test_a_checkpoint_of_two_processes_says_its_channels(two):
    build().load_state_dict(two[0]['weights'])
    with pytest.raises(LandmarkError, match='its channels are corner, flap'):
        build(channels=('corner', 'edge')).load_state_dict(two[0]['weights'])
