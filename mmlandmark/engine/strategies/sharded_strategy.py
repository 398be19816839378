"""Fully sharded data parallel training of pose estimators."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import torch
from mmengine._strategy import FSDPStrategy
from mmengine.optim import AmpOptimWrapper, BaseOptimWrapper, OptimWrapper
from mmengine.registry import STRATEGIES
from mmpose.models.heads.base_head import BaseHead
from torch import Tensor, nn
from torch.distributed.fsdp import FullyShardedDataParallel
from torch.distributed.fsdp.wrap import size_based_auto_wrap_policy

from mmlandmark.compat.amp import has_accelerator
from mmlandmark.errors import LandmarkError


@STRATEGIES.register_module()
class ShardedStrategy(FSDPStrategy):
    """MMEngine's ``FSDPStrategy`` whose result is that of a model without shards.

    Groups of parameters (layer decay, no weight decay for biases) are made of the whole model: a
    shard is flat and has another name, by which constructors of optimisers would take each for a
    bias or for a part of the last layer. Gradients are clipped by the norm over all processes,
    and the optimiser's numbers are saved and read by this torch's own order of arguments.

    Args:
        min_num_params: How many parameters make a unit of their own that is gathered at once;
            where ``model_wrapper`` has an ``auto_wrap_policy``, that decides. Heads are no unit,
            for their methods are called past their ``forward``.
        model_wrapper: Of ``FSDPStrategy``: options of ``MMFullyShardedDataParallel``.
        state_dict_cfg: Of ``FSDPStrategy``; ``full`` saves checkpoints as without shards.
        **options: Of ``FSDPStrategy``.
    """

    def __init__(
        self,
        *,
        min_num_params: int = 5_000_000,
        model_wrapper: Mapping[str, Any] | None = None,
        state_dict_cfg: str | dict[str, Any] = 'full',
        **options: Any,
    ) -> None:
        wrapper = dict(type='MMFullyShardedDataParallel') | dict(model_wrapper or {})
        wrapper.setdefault('auto_wrap_policy', _by_size(min_num_params))
        super().__init__(model_wrapper=wrapper, state_dict_cfg=state_dict_cfg, **options)
        if not has_accelerator():
            self.model_wrapper.setdefault('device_id', torch.device('cpu'))
            # torch frees what it does not copy from one memory to another
            for config in (self.state_dict_config, self.optim_state_dict_config):
                config.offload_to_cpu = False

    def prepare(
        self,
        model: nn.Module | dict[str, Any],
        *,
        optim_wrapper: BaseOptimWrapper | dict[str, Any] | None = None,
        **options: Any,
    ) -> Any:
        """Make model, optimiser and schedules ready; the optimiser before there are shards."""
        if isinstance(optim_wrapper, dict):
            model = self.build_model(model)
            if optim_wrapper.get('type') in ('AmpOptimWrapper', AmpOptimWrapper):
                optim_wrapper.setdefault('use_fsdp', True)
            optim_wrapper = super().build_optim_wrapper(optim_wrapper, model)
        return super().prepare(model, optim_wrapper=optim_wrapper, **options)

    def build_optim_wrapper(
        self, optim_wrapper: OptimWrapper, model: nn.Module | None = None
    ) -> OptimWrapper:
        """Fit the optimiser of the whole model to its shards, which are the same parameters.

        Raises:
            LandmarkError: ``use_orig_params=False`` has made others.
        """
        kept = {id(parameter) for parameter in model.parameters()}
        groups = optim_wrapper.optimizer.param_groups
        if not all(id(parameter) in kept for group in groups for parameter in group['params']):
            raise LandmarkError('strategy.model_wrapper: expected use_orig_params=True')
        if getattr(optim_wrapper, 'grad_name', None) == 'grad_norm':
            optim_wrapper.clip_func = partial(_clip, model)
        return optim_wrapper

    def optim_state_dict(self) -> dict[str, Any]:
        """Return the optimiser's numbers, of the whole model in the first process."""
        optimizer = self.optim_wrapper.optimizer
        state = FullyShardedDataParallel.optim_state_dict(self.model, optimizer)
        own = self.optim_wrapper.state_dict()  # a wrapper's: the scale of losses, a base rate
        return state | {key: own[key] for key in own.keys() - {'state', 'param_groups'}}

    def load_optim_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Load what ``optim_state_dict`` returns."""
        optimizer = self.optim_wrapper.optimizer
        state = FullyShardedDataParallel.optim_state_dict_to_load(
            model=self.model,
            optim=optimizer,
            optim_state_dict={key: state_dict[key] for key in ('state', 'param_groups')},
        )
        self.optim_wrapper.load_state_dict(
            state | {key: state_dict[key] for key in state_dict.keys() - state.keys()}
        )


def _by_size(min_num_params: int) -> Any:
    whole = {*size_based_auto_wrap_policy.EXCLUDE_WRAP_MODULES, BaseHead}
    return partial(
        size_based_auto_wrap_policy, min_num_params=min_num_params, exclude_wrap_modules=whole
    )


def _clip(model: FullyShardedDataParallel, parameters: list[Tensor], **options: Any) -> Tensor:
    """Clip all gradients of a model; takes the place of ``clip_grad_norm_``."""
    return model.clip_grad_norm_(**options)
