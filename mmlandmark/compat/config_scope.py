"""``_base_ = 'mmlandmark::...'``: MMEngine only inherits from packages that it lists."""

from __future__ import annotations


def fix_config_scope() -> bool:
    """Add this package to those with configs; return whether it was absent."""
    from mmengine.config.utils import MODULE2PACKAGE

    absent = 'mmlandmark' not in MODULE2PACKAGE
    MODULE2PACKAGE.setdefault('mmlandmark', 'mmlandmark')
    return absent
