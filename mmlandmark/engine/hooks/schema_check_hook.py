"""Stops a run before its first step where data sets and head do not fit."""

from __future__ import annotations

from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpose.registry import HOOKS

from mmlandmark.engine.schema_check import check_runner


@HOOKS.register_module()
class SchemaCheckHook(Hook):
    """Compares the data sets with the head before training, validation and testing.

    ``tools/train.py`` and ``tools/test.py`` do so anyway; with this hook other ways to start a
    runner do too. See `check_runner` for what is an error.
    """

    priority = 'VERY_HIGH'

    def before_train(self, runner: Runner) -> None:
        """Check training and, where there is one, validation."""
        check_runner(runner, ('train', 'val'))

    def before_val(self, runner: Runner) -> None:
        """Check validation."""
        check_runner(runner, ('val',))

    def before_test(self, runner: Runner) -> None:
        """Check testing."""
        check_runner(runner, ('test',))
