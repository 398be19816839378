"""A model whose weights are spread over processes (FSDP) learns what a whole one does."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
import torch  # noqa: E402
from processes import run_two  # noqa: E402

from models.sharded_training import work  # noqa: E402


def test_shards_learn_what_the_whole_model_does(tmp_path: Path):
    run_two(work, tmp_path)
    for rank in range(2):
        outcome = torch.load(tmp_path / f'{rank}.pt', weights_only=True)
        whole, shards = outcome['whole'], outcome['shards']
        assert shards['loss'] == pytest.approx(whole['loss'], abs=1e-5)
        if rank == 0:
            assert shards['weights'].keys() == whole['weights'].keys()
            for name, value in whole['weights'].items():
                torch.testing.assert_close(shards['weights'][name], value, rtol=1e-5, atol=1e-5)
