"""Spelling mistakes in configs are told with the name that was meant."""

import pytest

pytest.importorskip('mmpose')
from mmengine.config import Config

from mmlandmark.apis.config_checks import check_optimizer, check_options, check_sections
from mmlandmark.errors import LandmarkError

WHOLE = dict(
    train_dataloader=dict(batch_size=2),
    train_cfg=dict(),
    optim_wrapper=dict(optimizer=dict(type='AdamW')),
    test_dataloader=dict(batch_size=2),
    test_cfg=dict(),
    test_evaluator=[],
)


def test_whole_sections_pass():
    check_sections(Config(WHOLE))
    check_sections(Config(dict(model=dict(), val_cfg=None)))
    check_optimizer(Config(WHOLE))
    check_optimizer(Config(dict()))


@pytest.mark.parametrize('name', ['train_dataloader', 'train_cfg', 'test_evaluator'])
def test_a_section_that_is_spelt_wrongly_is_named(name):
    given = {key: value for key, value in WHOLE.items() if key != name}
    wrong = name[:-3] + name[-2:]
    with pytest.raises(LandmarkError, match=rf"but no {name} \(did you mean '{wrong}'\?\)$"):
        check_sections(Config(given | {wrong: WHOLE[name]}))


@pytest.mark.parametrize('size', [0, 'many'])
def test_batches_without_samples_are_refused(size):
    told = f'test_dataloader.batch_size is {size!r}; expected at least 1'
    with pytest.raises(LandmarkError, match=told):
        check_sections(Config(WHOLE | dict(test_dataloader=dict(batch_size=size))))


def test_an_optimiser_that_is_spelt_wrongly_is_named():
    cfg = Config(WHOLE | dict(optim_wrapper=dict(optimizer=dict(type='AdmW'))))
    with pytest.raises(LandmarkError, match=r"no optimiser 'AdmW' \(did you mean 'AdamW'\?\)$"):
        check_optimizer(cfg)


def test_an_option_that_nobody_would_read_is_told():
    cfg = Config(WHOLE)
    check_options(cfg, ['optim_wrapper.optimizer.lr', 'val_cfg.x', 'resume', 'compile', 'mine.x'])
    wrong = 'optim_wraper.optimizer.lr'
    told = rf"^--cfg-options {wrong}: .* no 'optim_wraper' \(did you mean 'optim_wrapper'\?\)$"
    with pytest.raises(LandmarkError, match=told):
        check_options(cfg, [wrong])
