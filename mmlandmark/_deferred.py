"""``mmlandmark.exported`` needs numpy only, so importing it alone does not import the stack.

Whatever else is imported after it, of this package or of the OpenMMLab stack, first registers
everything, as ``import mmlandmark`` does.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_ALONE = 'mmlandmark.exported'
#: What exported models are read with; none of it needs the stack.
_LIGHT = (_ALONE, 'mmlandmark.errors', 'mmlandmark.schemas', 'mmlandmark._deferred')
_STACK = ('mmengine', 'mmcv', 'mmdet', 'mmpretrain', 'mmpose')


def imports_exported_alone() -> bool:
    """Return whether the package is being imported for ``mmlandmark.exported``.

    Python imports a package before its parts, and only the import system's own frames know for
    which part. With MMPose imported already there is nothing to save.
    """
    if 'mmpose' in sys.modules:
        return False
    frame = sys._getframe()
    while frame is not None and not _is_import(frame):  # those of this package
        frame = frame.f_back
    while frame is not None and _is_import(frame):
        wanted = frame.f_locals.get('name')
        if isinstance(wanted, str) and _within(wanted, (_ALONE,)):
            return True
        frame = frame.f_back
    return False


def register_later(register: Callable[[], None]) -> None:
    """Call a function once, before any part of the package or stack that is not light is found."""
    sys.meta_path.insert(0, _Deferred(register))


class _Deferred(MetaPathFinder):
    def __init__(self, register: Callable[[], None]) -> None:
        self._register = register

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        ours = name.startswith('mmlandmark.') and not _within(name, _LIGHT)
        if not ours and name not in _STACK:
            return None
        sys.meta_path.remove(self)
        self._register()
        module = sys.modules.get(name)
        if module is None:
            return None
        # Python goes by the specification of a module that is there, not by what is returned
        module.__spec__ = ModuleSpec(name, _Imported(module))
        return module.__spec__


class _Imported(Loader):
    """Gives a module that the registration has imported; it must not be run twice."""

    def __init__(self, module: ModuleType) -> None:
        self._module, self._spec = module, module.__spec__

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec


def _is_import(frame: Any) -> bool:
    return frame.f_code.co_filename.startswith('<frozen importlib')


def _within(name: str, parts: tuple[str, ...]) -> bool:
    return any(name == part or name.startswith(f'{part}.') for part in parts)
