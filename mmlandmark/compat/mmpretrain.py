"""mmpretrain 1.2 imports its multimodal models, which current transformers break.

Only ViTPose configs need mmpretrain, and never those models.
"""

from __future__ import annotations

import importlib.util


def fix_mmpretrain() -> bool:
    """Switch mmpretrain's multimodal models off where both packages are installed."""
    if not all(importlib.util.find_spec(name) for name in ('mmpretrain', 'transformers')):
        return False
    import mmpretrain.utils.dependency as dependency

    was_on = bool(dependency.WITH_MULTIMODAL)
    dependency.WITH_MULTIMODAL = False
    return was_on
