"""Stops where a checkpoint does not fit a model, which MMEngine says in the log alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from torch import is_tensor, nn
from torch.distributed.fsdp import FullyShardedDataParallel

from mmlandmark.errors import LandmarkError

#: What a checkpoint need not have: counters, the record that compares itself, and losses.
_OPTIONAL = ('.num_batches_tracked', '.schema_record.packed')
_OF_LOSSES = 'loss'


def is_needed(key: str) -> bool:
    """Return whether a model cannot predict without this entry of its state."""
    return not key.endswith(_OPTIONAL) and _OF_LOSSES not in key


class CheckpointCheckHook(Hook):
    """Compares what a runner loads with its model.

    A test needs every weight: those that are missing would stay at random values. A training may
    begin with some of them, but not with none.

    Args:
        whole: Whether every weight is needed; so it is also where a training is resumed.
    """

    priority = 'LOWEST'  # EMAHook has chosen the weights by then

    def __init__(self, whole: bool) -> None:
        self.whole = whole

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict[str, Any]) -> None:
        """Compare a checkpoint that is about to be loaded.

        Raises:
            LandmarkError: It holds no weights of the model, or weights are missing or of other
                shapes and all are needed; the second is raised while it is loaded.
        """
        if any(isinstance(part, FullyShardedDataParallel) for part in runner.model.modules()):
            return  # which holds parts of weights, and compares itself with what it loads
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        name = getattr(runner, '_load_from', None) or 'the checkpoint'
        name = f'{name}: does not fit {runner.cfg.filename or "the config"}'
        whole = self.whole or bool(getattr(runner, '_resume', False))
        state = checkpoint.get('state_dict', checkpoint)
        state = {key.removeprefix('module.'): v for key, v in state.items() if is_tensor(v)}
        if whole:
            _compare_shapes(model, state, name)

        def compare_names(module: nn.Module, found: Any) -> None:
            # what renames the weights of older versions has done so by now
            done.remove()
            needed = [key for key in module.state_dict() if is_needed(key)]
            missing = sorted(set(needed).intersection(found.missing_keys), key=needed.index)
            if len(missing) == len(needed):
                raise LandmarkError(f'{name}: it holds no weights of the model')
            if missing and whole:
                raise LandmarkError(
                    f'{name}: {len(missing)} of {len(needed)} weights are missing, the first is '
                    f'{missing[0]}'
                )

        done = model.register_load_state_dict_post_hook(compare_names)


def _compare_shapes(model: nn.Module, state: Mapping[str, Any], name: str) -> None:
    own = model.state_dict()
    other = [key for key in own if key in state and own[key].shape != state[key].shape]
    if other:
        key = other[0]
        raise LandmarkError(
            f'{name}: {len(other)} weights are of other shapes, the first is {key}: '
            f'{tuple(state[key].shape)}, expected {tuple(own[key].shape)}'
        )
