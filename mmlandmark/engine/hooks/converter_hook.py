"""Fits a converter before training, and ties checkpoints to their schemas."""

from __future__ import annotations

import json
from typing import Any

import torch
from mmengine.dist import broadcast, get_world_size
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.model import is_model_wrapper
from mmengine.runner import Runner
from mmpose.registry import HOOKS

from mmlandmark.engine.inner_validation import InnerValidation, compare_with_affine
from mmlandmark.errors import LandmarkError
from mmlandmark.models.converters import KeypointConverter
from mmlandmark.models.converters.checkpoint import META_KEY, check_same_schemas
from mmlandmark.models.estimators import LandmarkConverter


@HOOKS.register_module()
class ConverterHook(Hook):
    """Does for a ``LandmarkConverter`` what steps cannot.

    Before training it checks the sizes, fits everything with a closed form once (skipped where a
    checkpoint brought it) and decides by inner cross-validation whether there are enough pairs for
    the network, else the affine model stands alone. Into each checkpoint it writes what rebuilds
    the converter, and it refuses a checkpoint of other schemas.

    Args:
        inner_validation: Options of ``InnerValidation``, or False to trust the network always.
    """

    priority = 'VERY_HIGH'

    def __init__(self, inner_validation: dict | bool = True) -> None:
        options = inner_validation if isinstance(inner_validation, dict) else {}
        self.inner_validation = InnerValidation(**options) if inner_validation else None

    def before_train(self, runner: Runner) -> None:
        """Fit the converter on the training pairs."""
        model = _model(runner)
        converter = model.head.converter
        dataset = runner.train_dataloader.dataset
        _check_sizes(runner, len(dataset), converter)
        if bool(converter.fitted):
            print_log('The converter comes fitted from the checkpoint', 'current')
            return
        arrays = dataset.arrays()
        numbers = _fit(converter, arrays)
        print_log(
            f'Fitted the affine base on {numbers["pairs"]} pairs in {numbers["iterations"]} '
            f'rounds ({numbers["left_out"]} pairs left out)',
            'current',
        )
        if converter.network.uses_base and not converter.closed_form:
            self._decide(model, arrays)
        if get_world_size() > 1:
            for value in converter.state_dict().values():
                broadcast(value)

    def _decide(self, model: LandmarkConverter, arrays: dict) -> None:
        num_pairs = len(arrays['data_samples']['ids'])
        if self.inner_validation is None or num_pairs > self.inner_validation.max_pairs:
            return
        result = compare_with_affine(model, arrays, self.inner_validation)
        model.head.converter.gate.fill_(float(result.network_wins))
        print_log(str(result), 'current')

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Add what rebuilds the converter, as a JSON text."""
        description = _model(runner).head.converter.describe()
        checkpoint['meta'][META_KEY] = json.dumps(description, allow_nan=False)

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Refuse a checkpoint of other schemas, naming what differs."""
        meta = checkpoint.get('meta') or {}
        if META_KEY in meta:
            check_same_schemas(json.loads(meta[META_KEY]), _model(runner).head.converter)


def _model(runner: Runner) -> LandmarkConverter:
    model = runner.model.module if is_model_wrapper(runner.model) else runner.model
    if not isinstance(model, LandmarkConverter):
        raise LandmarkError(
            f'ConverterHook serves a LandmarkConverter, the config builds {type(model).__name__}'
        )
    return model


def _check_sizes(runner: Runner, num_pairs: int, converter: KeypointConverter) -> None:
    batch_size = runner.train_dataloader.batch_size
    if not converter.closed_form and batch_size is not None and batch_size > num_pairs:
        raise LandmarkError(
            f'train_dataloader.batch_size is {batch_size}, but there are only {num_pairs} training '
            f'pairs; expected at most that'
        )


def _fit(converter: KeypointConverter, arrays: dict[str, Any]) -> dict[str, float]:
    device = converter.affine_weight.device
    inputs = {k: v.to(device) for k, v in arrays['inputs'].items()}
    samples = {k: v.to(device) for k, v in arrays['data_samples'].items()}
    with torch.no_grad():
        return converter.fit(
            inputs['keypoints'],
            inputs['keypoints_visible'],
            samples['keypoints'],
            samples['keypoints_visible'],
            inputs['bboxes'],
        )
