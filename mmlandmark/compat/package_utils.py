"""MMEngine finds packages through ``pkg_resources``.

setuptools 82 no longer has that module, and for a package installed in editable mode it names
``site-packages``, where the package is not, so ``mmlandmark::`` configs would not be found.
"""

from __future__ import annotations

import importlib.util
from importlib import metadata
from pathlib import Path
from types import FunctionType

from mmlandmark.compat.rebind import rebind


def is_installed(package: str) -> bool:
    """Return whether a distribution or an importable module of this name exists."""
    try:
        metadata.distribution(package)
        return True
    except metadata.PackageNotFoundError:
        spec = importlib.util.find_spec(package)
        return spec is not None and spec.origin is not None


def package2module(package: str) -> str:
    """Return the first top-level module of a distribution (``mmcv`` for ``mmcv-lite``).

    Raises:
        ValueError: The distribution does not list its modules.
    """
    names = (metadata.distribution(package).read_text('top_level.txt') or '').split()
    if not names:
        raise ValueError(f'can not infer the module name of {package}')
    return names[0]


def get_installed_path(package: str) -> str:
    """Return the folder of a package, given the name of its distribution or of its module.

    Raises:
        importlib.metadata.PackageNotFoundError: There is neither.
        RuntimeError: It is a namespace package, which has no single folder.
    """
    spec = importlib.util.find_spec(package)
    if spec is None:
        spec = importlib.util.find_spec(package2module(package))
    if spec is None or spec.origin is None:
        raise RuntimeError(f'{package} is a namespace package or has no files: no installed path')
    return str(Path(spec.origin).parent)


def _uses_pkg_resources(function: FunctionType) -> bool:
    return 'pkg_resources' in function.__code__.co_names


def fix_package_utils() -> bool:
    """Replace MMEngine's look-ups where they use ``pkg_resources``; return whether they do."""
    from mmengine.utils import package_utils

    found = False
    for new in (is_installed, package2module, get_installed_path):
        old = getattr(package_utils, new.__name__)
        if _uses_pkg_resources(old):
            rebind(old, new)
            found = True
    return found
