"""Errors of MMEngine and torch that are of a config, told in one line."""

from __future__ import annotations

import re
import traceback

from mmlandmark.errors import LandmarkError

# How MMEngine's registries tell of an option or a type that a config spells wrongly.
_OF_A_CONFIG = re.compile(
    r'__init__\(\) (got an unexpected keyword argument|missing \d+ required)'
    r'|is not in the .*registry'
    r'|must contain the key "type"'
)

# What makes the objects of a config: the registries, and the runner its loops.
_BUILDERS = {'build_from_cfg', 'build_train_loop', 'build_val_loop', 'build_test_loop'}


def is_of_a_config(error: BaseException) -> bool:
    """Return whether an error tells of a setting, and not of a defect.

    Args:
        error: What was raised while the objects of a config were made, or later.
    """
    calls = [frame.f_code.co_name for frame, _ in traceback.walk_tb(error.__traceback__)]
    if not _BUILDERS.intersection(calls):
        return False
    return bool(_refusing(error)) or bool(_OF_A_CONFIG.search(_one_line(error)))


def _refusing(error: BaseException) -> str:
    """Return the name of the class whose first call raised a ValueError, or nothing."""
    *_, (last, _) = traceback.walk_tb(error.__traceback__)
    if type(error) is not ValueError or last.f_code.co_name != '__init__':
        return ''
    return type(last.f_locals.get('self')).__name__


def said(error: BaseException) -> str:
    """Return the one line that tells a user of an error."""
    refusing = _refusing(error)
    return f'{refusing}: {_one_line(error)}' if refusing else _one_line(_innermost(error))


def _innermost(error: BaseException) -> BaseException:
    """Return the LandmarkError that MMEngine's registries wrap into one of their own.

    What was raised ``from`` another one adds something, a file or a data set, and is kept.
    """
    inner = error
    while isinstance(inner.__context__, LandmarkError) and not inner.__suppress_context__:
        inner = inner.__context__
    return inner


def _one_line(error: BaseException) -> str:
    # the text of a KeyError is what Python would write for its first argument, quotes and all
    text = error.args[0] if isinstance(error, KeyError) and error.args else error
    return ' '.join(str(text).split()) or type(error).__name__
