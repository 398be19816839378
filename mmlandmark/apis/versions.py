"""The versions that results depend on."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from mmlandmark.version import __version__

_PACKAGES = ('mmpose', 'mmengine', 'torch', 'numpy')


def versions() -> dict[str, str]:
    """Return the versions that results depend on, by name."""
    found = {name: _version(name) for name in _PACKAGES}
    return {'mmlandmark': __version__, **found, 'python': platform.python_version()}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return 'not installed'
