"""Where a config lies that is named on a command line."""

from __future__ import annotations

from pathlib import Path

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
