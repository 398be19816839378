"""Losses reach the log without a wait for the device in every iteration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from mmengine.hooks import LoggerHook, RuntimeInfoHook
from mmengine.runner import Runner
from mmpose.registry import HOOKS
from torch import Tensor

from mmlandmark.errors import LandmarkError


@HOOKS.register_module()
class DeferredRuntimeInfoHook(RuntimeInfoHook):
    """Takes the place of MMEngine's ``RuntimeInfoHook``, which waits once for every loss.

    So does its ``OptimWrapper`` for the norm of gradients that it clips. What an iteration says is
    kept on its device and handed over all at once, with one copy, before something is logged, an
    epoch ends or a checkpoint is saved. Log, history and weights are the same; between two logs a
    hook that reads the losses finds those up to the last.

    Args:
        interval: Hand over every so many iterations too, for hooks that read the losses; by default
            only when a ``LoggerHook`` of the runner logs.

    Raises:
        LandmarkError: ``interval`` is no number of iterations.
    """

    priority = 'VERY_HIGH'

    def __init__(self, interval: int | None = None) -> None:
        if interval is not None and (type(interval) is not int or interval < 1):
            raise LandmarkError(
                f'{type(self).__name__}: interval is {interval!r}; expected a number of '
                'iterations, at least 1'
            )
        self.interval = interval
        self._kept: list[tuple[str, Any]] = []

    def before_train(self, runner: Runner) -> None:
        """See the base class."""
        super().before_train(runner)
        self._kept.clear()
        loggers = (hook.interval for hook in runner.hooks if isinstance(hook, LoggerHook))
        self._intervals = [*loggers, *([] if self.interval is None else [self.interval])]
        self._keep_norms(runner.optim_wrapper)

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep what the model says, and hand it over where it is about to be logged."""
        for key, value in (outputs or {}).items():
            # a copy, since a compiled step may write its next result into the same memory
            kept = value.detach().clone() if isinstance(value, Tensor) else value
            self._kept.append((f'train/{key}', kept))
        if any(self.every_n_inner_iters(batch_idx, n) for n in self._intervals) or (
            self.end_of_epoch(runner.train_dataloader, batch_idx)
        ):
            self._hand_over(runner)

    def after_train(self, runner: Runner) -> None:
        """Hand over what is left; see the base class."""
        self._hand_over(runner)
        super().after_train(runner)

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Let the checkpoint's history be whole."""
        if self._kept:
            self._hand_over(runner)
            checkpoint['message_hub'] = runner.message_hub.state_dict()

    def _keep_norms(self, wrapper: Any) -> None:
        """Let an ``OptimWrapper`` clip by the norm and not look at it."""
        if getattr(wrapper, 'grad_name', None) == 'grad_norm':
            clip = wrapper.clip_func
            clip = clip.clip if isinstance(clip, _KeptNorm) else clip  # of a training before
            wrapper.clip_func = _KeptNorm(clip, self._kept)

    def _hand_over(self, runner: Runner) -> None:
        tensors = [value for _, value in self._kept if isinstance(value, Tensor)]
        numbers = iter(_numbers(tensors))
        for key, value in self._kept:
            number = next(numbers) if isinstance(value, Tensor) else value
            runner.message_hub.update_scalar(key, number)
        self._kept.clear()


class _KeptNorm:
    """Clips gradients; the norm is kept, and None is what the wrapper has nothing to log of."""

    def __init__(self, clip: Callable[..., Tensor], kept: list[tuple[str, Any]]) -> None:
        self.clip, self._kept = clip, kept

    def __call__(self, *args: Any, **options: Any) -> None:
        self._kept.append(('train/grad_norm', self.clip(*args, **options).detach()))


def _numbers(tensors: list[Tensor]) -> list[float]:
    """Return scalars on the same device as numbers; waits once."""
    if not tensors:
        return []
    dtype = tensors[0].dtype
    for tensor in tensors:
        dtype = torch.promote_types(dtype, tensor.dtype)
    return torch.stack([tensor.flatten()[0].to(dtype) for tensor in tensors]).tolist()
