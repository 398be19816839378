"""The loop of models that are fitted, not stepped."""

from __future__ import annotations

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmengine.hooks import Hook  # noqa: E402

from engine.hooks.test_converter_hook import ONCE, make_runner, pair_file  # noqa: E402, F401


class Count(Hook):
    """Notes the calls that a training makes."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def before_train_epoch(self, runner) -> None:
        self.calls.append('epoch')

    def before_train_iter(self, runner, batch_idx, data_batch=None) -> None:
        self.calls.append('step')

    def after_val_epoch(self, runner, metrics=None) -> None:
        self.calls.append('validated')


@pytest.mark.parametrize('max_epochs', [1, 30])
def test_one_epoch_without_steps_and_one_validation(pair_file, tmp_path, max_epochs):  # noqa: F811
    validation = dict(
        val_dataloader=make_runner(pair_file, tmp_path).cfg.train_dataloader,
        val_cfg=dict(),
        val_evaluator=dict(
            type='ConverterEvaluator', metrics=[dict(type='LandmarkNME', norm='ears')]
        ),
    )
    (tmp_path / 'validated').mkdir()
    loop = dict(ONCE, max_epochs=max_epochs, val_interval=5, val_begin=1)
    runner = make_runner(pair_file, tmp_path / 'validated', 'affine', loop, **validation)
    count = Count()
    runner.register_hook(count)
    runner.train()
    assert count.calls == ['epoch', 'validated']
    assert runner.epoch == 1 and runner.iter == 0
