"""Each of several processes writes the metrics of a test into the same file, at the same time."""

from __future__ import annotations


def fix_metrics_log() -> bool:
    """Let the main process alone write it; return whether all do."""
    from mmengine.dist import master_only
    from mmengine.hooks import logger_hook

    names = logger_hook.LoggerHook.after_test_epoch.__code__.co_names
    if hasattr(logger_hook.dump, '__wrapped__') or {'is_main_process', 'master_only'} & {*names}:
        return False
    logger_hook.dump = master_only(logger_hook.dump)
    return True
