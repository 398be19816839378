"""Settings of a config that MMEngine would stop at with words of its own, or with a traceback."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from inspect import signature
from typing import Any

from mmlandmark.errors import LandmarkError, nearest

_SECTIONS = (
    ('train_dataloader', 'train_cfg', 'optim_wrapper'),
    ('val_dataloader', 'val_cfg', 'val_evaluator'),
    ('test_dataloader', 'test_cfg', 'test_evaluator'),
)

_TYPO = 0.8  # likeness of two names from which on one is taken for the other misspelt


def check_sections(cfg: Any) -> None:
    """Look whether what belongs together is there, before a runner is made.

    Args:
        cfg: A config with every option of the command line.

    Raises:
        LandmarkError: Of a training, a validation or a test one part is missing while others are
            there, or a batch has no samples; names the setting and one like it.
    """
    name = cfg.filename or 'the config'
    known = {key for section in _SECTIONS for key in section}
    for section in _SECTIONS:
        there = [key for key in section if cfg.get(key) is not None]
        for key in section:
            if there and key not in there:
                like = nearest(key, set(cfg) - known)
                raise LandmarkError(f'{name}: has {there[0]}, but no {key}{like}')
        batch = cfg[section[0]].get('batch_size') if there else None
        if batch is not None and not (isinstance(batch, int) and batch > 0):
            raise LandmarkError(
                f'{name}: {section[0]}.batch_size is {batch!r}; expected at least 1'
            )


def check_options(cfg: Any, options: Iterable[str]) -> None:
    """Look whether settings of the command line would be read by anyone.

    Below a section that is there, whatever is built from it refuses a name that it does not know;
    a section of a new name is read by nobody.

    Args:
        cfg: The config before the options are merged into it.
        options: Names such as ``optim_wrapper.optimizer.lr``.

    Raises:
        LandmarkError: The section of an option is not there, and one is that is spelt almost so.
    """
    from mmengine.runner import Runner

    parts = {part for section in _SECTIONS for part in section}
    read = {*cfg, *parts, *signature(Runner.__init__).parameters}
    for option in options:
        section = option.partition('.')[0]
        if section not in read and (meant := difflib.get_close_matches(section, read, 1, _TYPO)):
            raise LandmarkError(
                f'--cfg-options {option}: the config has no {section!r} (did you mean '
                f'{meant[0]!r}?)'
            )


def check_optimizer(cfg: Any) -> None:
    """Look whether the optimiser of a config is known.

    Args:
        cfg: A config whose runner has been made, so that its scope is the default one.

    Raises:
        LandmarkError: It is not; names one like it.
    """
    from mmengine.registry import OPTIMIZERS

    kind = ((cfg.get('optim_wrapper') or {}).get('optimizer') or {}).get('type')
    with OPTIMIZERS.switch_scope_and_registry(None) as registry:
        if isinstance(kind, str) and registry.get(kind) is None:
            known = {*registry.module_dict, *OPTIMIZERS.module_dict}
            raise LandmarkError(
                f'optim_wrapper.optimizer.type: there is no optimiser {kind!r}'
                f'{nearest(kind, known)}'
            )
