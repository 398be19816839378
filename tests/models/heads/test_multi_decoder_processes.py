"""Two processes train a MultiDecoderHead as one does, with data sets that one of them lacks."""

from __future__ import annotations

import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from processes import run_two  # noqa: E402

from models.heads.decoder_batches import DATASETS  # noqa: E402
from models.heads.multi_decoder_processes import BATCHES, KINDS, train, work  # noqa: E402


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
    for name in DATASETS:
        trained = [key for key in one if f'0/gradient/head.decoders.{name}.final_layer' in key]
        assert trained and all(one[key].any() for key in trained)
    last = len(BATCHES) - 1
    absent = [key for key in one if f'{last}/gradient/head.decoders.aic.' in key]
    assert absent and all(not one[key].any() for key in absent)
