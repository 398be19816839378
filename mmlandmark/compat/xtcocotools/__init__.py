"""xtcocotools has wheels for Python up to 3.11 and numpy 1 only; MMPose imports it.

Where it is built for another numpy, pycocotools' compiled mask module takes the place of its own
(they are the same code). Where it is absent, the three small modules of this folder stand in.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys


def _forget() -> None:
    for name in [n for n in sys.modules if n.split('.')[0] == 'xtcocotools']:
        del sys.modules[name]


def _imports() -> bool:
    try:
        importlib.import_module('xtcocotools.mask')
    except (ImportError, ValueError):
        # ValueError: "numpy.dtype size changed", from a module built for numpy 1
        _forget()
        return False
    return True


def fix_xtcocotools() -> bool:
    """Make ``xtcocotools`` importable; return whether anything had to be done."""
    if 'xtcocotools' in sys.modules:
        return False
    if importlib.util.find_spec('xtcocotools') is not None:
        if _imports():
            return False
        sys.modules['xtcocotools._mask'] = importlib.import_module('pycocotools._mask')
        importlib.import_module('xtcocotools.mask')
        return True
    sys.modules['xtcocotools'] = sys.modules[__name__]
    for name in ('coco', 'cocoeval', 'mask'):
        module = importlib.import_module(f'{__name__}.{name}')
        sys.modules[f'xtcocotools.{name}'] = module
    return True
