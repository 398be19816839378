"""``_base_ = 'mmlandmark::...'``: MMEngine inherits only from packages that it lists, and takes a
package's name for the scope of a registry, which a plugin of MMPose does not have."""

from __future__ import annotations

PACKAGE = 'mmlandmark'


def fix_config_scope() -> bool:
    """Let configs inherit from this package's, in MMPose's scope; return whether they could not."""
    from mmengine.config import Config
    from mmengine.config.utils import MODULE2PACKAGE

    absent = PACKAGE not in MODULE2PACKAGE
    if not absent:
        return False
    MODULE2PACKAGE[PACKAGE] = PACKAGE
    look_up = Config._get_cfg_path

    def path_and_scope(cfg_path: str, filename: str) -> tuple[str, str | None]:
        path, scope = look_up(cfg_path, filename)
        return path, None if scope == PACKAGE else scope

    Config._get_cfg_path = staticmethod(path_and_scope)
    return True
