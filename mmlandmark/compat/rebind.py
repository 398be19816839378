"""Replace a function everywhere that it has been imported by name."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


def rebind(old: Callable[..., Any], new: Callable[..., Any]) -> None:
    """Put ``new`` in the place of ``old`` in every imported module that holds it by its name."""
    name = old.__name__
    for module in list(sys.modules.values()):
        if getattr(module, '__dict__', {}).get(name) is old:
            setattr(module, name, new)
