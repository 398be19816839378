"""Pipelines that take the place of a data set's in a later epoch, as in RTMPose's configs."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from mmengine.dataset import Compose
from mmengine.runner import Runner


def switched_pipelines(runner: Runner) -> Iterator[tuple[str, Any]]:
    """Return who switches when, for messages, and something with the pipeline for a data set's.

    Args:
        runner: Its hooks with ``switch_epoch`` and ``switch_pipeline``, such as MMDetection's
            ``PipelineSwitchHook``, switch; those that do so after its last epoch are left out.
    """
    last = getattr(runner.train_loop, 'max_epochs', float('inf'))
    for hook in getattr(runner, 'hooks', ()):
        steps, epoch = getattr(hook, 'switch_pipeline', None), getattr(hook, 'switch_epoch', None)
        if steps and epoch is not None and epoch < last:
            where = f'{type(hook).__name__}, from epoch {epoch + 1} on'
            yield where, SimpleNamespace(pipeline=Compose(list(steps)))
