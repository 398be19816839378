"""Where a config lies that is named on a command line, and what is in it."""

from __future__ import annotations

import traceback
from pathlib import Path

from mmengine.config import Config
from mmengine.utils import get_installed_path, is_installed

from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import configs_root


def config_file(config: str) -> Path:
    """Return the path of a config.

    Args:
        config: Its path, or ``PACKAGE::PATH`` of one that a package ships, such as
            ``mmdet::rtmdet/rtmdet_tiny_8xb32-300e_coco.py``.

    Raises:
        LandmarkError: There is no such file or package.
    """
    package, mark, inside = config.partition('::')
    if not mark:
        path = Path(config)
    elif package == 'mmlandmark':
        path = configs_root() / inside
    elif is_installed(package):
        # MMEngine's own look-up needs an index of the package's models
        path = Path(get_installed_path(package)) / '.mim' / 'configs' / inside
    else:
        raise LandmarkError(f'{config}: the package {package!r} is not installed')
    if not path.is_file():
        raise LandmarkError(f'{config}: no such config file')
    return path


def read_config(config: str) -> Config:
    """Return a config that is named as for `config_file`.

    Raises:
        LandmarkError: It is missing, or it or one of its bases cannot be read; the message names
            the file, and the line where Python stopped.
    """
    path = config_file(config)
    try:
        return Config.fromfile(path)
    # A config is Python: whatever is wrong in it may be raised.
    except Exception as error:
        place = _place(error, path)
        where = config if place == str(path) else f'{config}: {place}'
        raise LandmarkError(f'{where}: cannot be read as a config: {_reason(error)}') from error


def _reason(error: Exception) -> str:
    text = error.msg if isinstance(error, SyntaxError) else ' '.join(str(error).split())
    if isinstance(error, (LandmarkError, OSError, SyntaxError)):
        return text
    return f'{type(error).__name__}: {text}'.removesuffix(': ')


def _place(error: Exception, path: Path) -> str:
    """Return the file that an error stopped, the config or a base of it, and the line if known.

    MMEngine reads each file in a call of its own, which parses it without giving its name.
    """
    steps = list(traceback.walk_tb(error.__traceback__))
    readers = [frame for frame, _ in steps if frame.f_code.co_name == '_file2dict']
    file = readers[-1].f_locals.get('filename', path) if readers else path
    lines = [number for frame, number in steps if readers and frame.f_back is readers[-1]]
    ran = steps[-1][0].f_code.co_name == '<module>'
    if isinstance(error, SyntaxError):
        lines, ran = [error.lineno], True
    return f'{file}, line {lines[0]}' if ran and lines else str(file)
