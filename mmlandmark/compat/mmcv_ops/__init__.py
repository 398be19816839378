"""mmcv-lite carries ``mmcv/ops/*.py`` but not the compiled module ``mmcv._ext`` that they import.

A stand-in over torchvision's ops and plain torch takes its place, only while ``mmcv.ops`` is being
imported: MMEngine later asks whether ``mmcv._ext`` exists and must hear the truth. What the
stand-in does not have raises ``NotImplementedError`` when it is called. A full mmcv is left alone.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, NoReturn

from mmlandmark.compat.mmcv_ops import deform_attn, deform_conv, focal_loss, nms, roi

_PARTS = (nms, roi, deform_conv, focal_loss, deform_attn)


def _refuse(name: str) -> Callable[..., NoReturn]:
    def refuse(*args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(
            f'mmcv op {name!r} needs a compiled mmcv: mmcv-lite is installed, and mmlandmark '
            'replaces only the ops that torchvision or plain torch can compute'
        )

    refuse.__name__ = name
    return refuse


class StandIn(ModuleType):
    """A module named ``mmcv._ext`` that has every op, most of them refusing to run."""

    def __init__(self) -> None:
        super().__init__('mmcv._ext', __doc__)
        for part in _PARTS:
            for name in part.__all__:
                setattr(self, name, getattr(part, name))

    def __getattr__(self, name: str) -> Callable[..., NoReturn]:
        if name.startswith('__'):
            raise AttributeError(name)
        return _refuse(name)


def fix_mmcv_ops() -> bool:
    """Import ``mmcv.ops`` over the stand-in where the compiled module is absent.

    Returns:
        Whether the stand-in was needed.
    """
    if 'mmcv.ops' in sys.modules or importlib.util.find_spec('mmcv._ext') is not None:
        return False
    sys.modules['mmcv._ext'] = StandIn()
    try:
        importlib.import_module('mmcv.ops')
    finally:
        del sys.modules['mmcv._ext']
    return True
