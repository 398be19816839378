"""Mixed precision: what is chosen on which machine, and that it computes in bfloat16."""

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import OPTIM_WRAPPERS

from mmlandmark.compat import amp
from mmlandmark.errors import LandmarkError


def config(**wrapper):
    return Config(dict(optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1), **wrapper)))


@pytest.fixture(params=[False, True], ids=['cpu', 'gpu'])
def accelerator(request, monkeypatch):
    monkeypatch.setattr(amp, 'has_accelerator', lambda: request.param)
    return request.param


def test_the_wrapper_fits_the_machine(accelerator):
    cfg = config(loss_scale=512.0, clip_grad=dict(max_norm=1))
    notes = amp.use_amp(cfg, requested=True)
    if accelerator:
        assert cfg.optim_wrapper.type == 'AmpOptimWrapper' and not notes
        assert cfg.optim_wrapper.loss_scale == 512.0
    else:
        assert cfg.optim_wrapper.type == 'Bf16OptimWrapper' and len(notes) == 1
        assert 'loss_scale' not in cfg.optim_wrapper
    assert cfg.optim_wrapper.clip_grad.max_norm == 1


def test_a_config_that_asks_for_it_is_treated_alike(accelerator):
    cfg = config(type='AmpOptimWrapper')
    amp.use_amp(cfg, requested=False)
    expected = 'AmpOptimWrapper' if accelerator else 'Bf16OptimWrapper'
    assert cfg.optim_wrapper.type == expected


def test_nobody_asked(accelerator):
    cfg = config(type='OptimWrapper')
    assert amp.use_amp(cfg, requested=False) == []
    assert cfg.optim_wrapper.type == 'OptimWrapper'


def test_a_number_format_that_is_spelt_wrongly_is_named(accelerator):
    cfg = config(type='AmpOptimWrapper', dtype='bfloat61')
    with pytest.raises(LandmarkError, match=r"^optim_wrapper\.dtype is 'bfloat61' \(did you mean"):
        amp.use_amp(cfg, requested=False)


def test_a_foreign_wrapper_is_refused():
    with pytest.raises(LandmarkError, match="'OptimWrapperDict'"):
        amp.use_amp(config(type='OptimWrapperDict'), requested=True)


def test_the_cpu_wrapper_computes_in_bfloat16_and_steps_in_float32():
    model = torch.nn.Linear(3, 1)
    before = model.weight.detach().clone()
    wrapper = OPTIM_WRAPPERS.build(
        dict(type='Bf16OptimWrapper', optimizer=torch.optim.SGD(model.parameters(), lr=0.1))
    )
    with wrapper.optim_context(model):
        out = model(torch.ones(2, 3))
        loss = out.float().sum()
    assert out.dtype == torch.bfloat16
    wrapper.update_params(loss)
    assert model.weight.dtype == torch.float32
    torch.testing.assert_close(model.weight.detach(), before - 0.2)
