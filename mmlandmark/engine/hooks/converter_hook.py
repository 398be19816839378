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
from mmlandmark.engine.loops import ClosedFormTrainLoop
from mmlandmark.errors import LandmarkError
from mmlandmark.models.converters import KeypointConverter
from mmlandmark.models.converters.checkpoint import (
    META_KEY,
    check_same_schemas,
    check_same_weights,
)
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
        check_dataset(dataset, converter, 'train_dataloader')
        _check_sizes(runner, len(dataset), converter)
        _check_loop(runner, converter)
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

    def before_val(self, runner: Runner) -> None:
        """Check that the data set is one of pairs between the converter's schemas."""
        check_dataset(
            runner.val_dataloader.dataset, _model(runner).head.converter, 'val_dataloader'
        )

    def before_test(self, runner: Runner) -> None:
        """Check that the data set is one of pairs between the converter's schemas."""
        converter = _model(runner).head.converter
        check_dataset(runner.test_dataloader.dataset, converter, 'test_dataloader')

    def _decide(self, model: LandmarkConverter, arrays: dict) -> None:
        num_pairs = len(arrays['data_samples']['ids'])
        if self.inner_validation is None or num_pairs > self.inner_validation.max_pairs:
            return
        if num_pairs < self.inner_validation.folds:
            model.head.converter.gate.fill_(0.0)
            print_log(f'{num_pairs} pairs are too few to train on; the affine model stands alone')
            return
        result = compare_with_affine(model, arrays, self.inner_validation)
        model.head.converter.gate.fill_(float(result.network_wins))
        print_log(str(result), 'current')

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Add what rebuilds the converter, as a JSON text."""
        description = _model(runner).head.converter.describe()
        checkpoint['meta'][META_KEY] = json.dumps(description, allow_nan=False)

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Refuse a checkpoint of other schemas or of another model, naming what differs."""
        model = _model(runner)
        meta = checkpoint.get('meta') or {}
        if META_KEY not in meta:
            raise LandmarkError('the checkpoint is not one of a LandmarkConverter')
        description = json.loads(meta[META_KEY])
        check_same_schemas(description, model.head.converter)
        check_same_weights(description, checkpoint['state_dict'], model.head.converter)


def _model(runner: Runner) -> LandmarkConverter:
    model = runner.model.module if is_model_wrapper(runner.model) else runner.model
    if not isinstance(model, LandmarkConverter):
        raise LandmarkError(
            f'ConverterHook serves a LandmarkConverter, the config builds {type(model).__name__}'
        )
    return model


def check_dataset(dataset: Any, converter: KeypointConverter, where: str) -> None:
    """Raise a LandmarkError unless a data set holds pairs between a converter's schemas."""
    for side in ('source_schema', 'target_schema'):
        found, wanted = getattr(dataset, side, None), getattr(converter, side)
        if found is None:
            raise LandmarkError(
                f'{where}: {type(dataset).__name__} has no {side}; a LandmarkConverter takes a '
                'PairedKeypointDataset'
            )
        if not found.same_keypoints(wanted):
            raise LandmarkError(
                f'{where}: the data set has {side} {found.name!r}, the model {wanted.name!r}: '
                f'{wanted.differences(found)}'
            )


def _check_loop(runner: Runner, converter: KeypointConverter) -> None:
    """A network needs steps, and steps would break what the closed form promises."""
    if converter.closed_form != isinstance(runner.train_loop, ClosedFormTrainLoop):
        kind = converter.options['network']['type']
        raise LandmarkError(
            f'train_cfg.type is {type(runner.train_loop).__name__}, but {kind!r} '
            + ('has' if converter.closed_form else 'has more than')
            + ' a closed form; expected '
            + ('ClosedFormTrainLoop' if converter.closed_form else 'a loop that takes steps')
        )


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
