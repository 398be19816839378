"""Checks of ``save_best`` before a training: afterwards an epoch is lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.evaluation.functional.direction import higher_is_better


def check_save_best(cfg: Mapping[str, Any]) -> None:
    """Check that ``save_best`` names an entry of the evaluation and says which way is better.

    Args:
        cfg: A config with ``default_hooks.checkpoint`` and ``val_evaluator``.

    Raises:
        LandmarkError: MMEngine cannot tell the rule of an entry, or tells a wrong one, and
            ``rule`` is not set; or the
            entry is of a data set that `PerDatasetEvaluator` has no metrics for.
    """
    checkpoint = (cfg.get('default_hooks') or {}).get('checkpoint') or {}
    wanted = checkpoint.get('save_best')
    if wanted in (None, 'auto'):
        return
    keys = [wanted] if isinstance(wanted, str) else list(wanted)
    for key in keys:
        inferred, larger = _inferred_by_mmengine(key, checkpoint), higher_is_better(key)
        if not checkpoint.get('rule') and (inferred is None or larger not in (None, inferred)):
            raise LandmarkError(f'save_best={key!r} needs a rule: {_advice(larger)}')
        _check_data_set(key, cfg.get('val_evaluator'))


def _inferred_by_mmengine(key: str, checkpoint: Mapping[str, Any]) -> bool | None:
    """Whether MMEngine takes more for better; it looks for parts of names, also in 'laptop'."""
    from mmengine.hooks import CheckpointHook

    for larger, stated, default in (
        (True, 'greater_keys', CheckpointHook._default_greater_keys),
        (False, 'less_keys', CheckpointHook._default_less_keys),
    ):
        parts = checkpoint.get(stated) or default
        if any(part.lower() in key.lower() for part in parts):
            return larger
    return None


def _advice(larger: bool | None) -> str:
    if larger is None:
        return "set default_hooks.checkpoint.rule to 'greater' or 'less'"
    rule, words = ('greater', 'higher') if larger else ('less', 'lower')
    return f"set default_hooks.checkpoint.rule='{rule}' ({words} is better)"


def _check_data_set(key: str, evaluator: Any) -> None:
    if not isinstance(evaluator, Mapping) or evaluator.get('type') != 'PerDatasetEvaluator':
        return
    known = [*evaluator['metrics'], 'pooled']
    first, slash, _ = key.partition('/')
    if slash and first not in known and not evaluator.get('common_metrics'):
        raise LandmarkError(
            f'save_best={key!r} is of data set {first!r}{nearest(first, known)}; val_evaluator has '
            f'metrics for {", ".join(known[:-1])}, and pooled figures'
        )
