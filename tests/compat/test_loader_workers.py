"""Workers of a loader that is garbage in a cycle, as in MMEngine's runners, end at once."""

import gc
from unittest.mock import patch

import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from mmlandmark import compat
from mmlandmark.compat import loader_workers


class Runner:
    """What refers to itself and to its batches."""

    def __init__(self, persistent):
        data = TensorDataset(torch.arange(8.0))
        loader = DataLoader(data, batch_size=2, num_workers=1, persistent_workers=persistent)
        self.itself, self.batches = self, iter(loader)
        next(self.batches)


def ended_by_force(monkeypatch, persistent, seconds):
    """Whether a worker still runs when its collected runner has waited for it for so long."""
    monkeypatch.setattr('torch.utils.data._utils.MP_STATUS_CHECK_INTERVAL', seconds)
    runner = Runner(persistent)
    (worker,) = runner.batches._workers
    with patch.object(worker, 'terminate', wraps=worker.terminate) as force:
        del runner
        gc.collect()
    worker.join()
    return force.called


@pytest.mark.parametrize('persistent', [True, False])
def test_workers_are_told_to_end(monkeypatch, persistent):
    assert not ended_by_force(monkeypatch, persistent, seconds=60)


def test_stock_loaders_wait_in_vain(monkeypatch):
    if not compat.apply()['loader_workers']:
        pytest.skip('this Python leaves parts of a cycle open')
    monkeypatch.setattr(DataLoader, '_get_iterator', loader_workers._STOCK)
    assert ended_by_force(monkeypatch, persistent=True, seconds=0.5)
