"""The seed of a training that goes on."""

from __future__ import annotations

from typing import Any


def keep_seed(cfg: Any) -> list[str]:
    """Give a config without a seed that of the checkpoint from which it resumes.

    MMEngine draws a seed where a config has none, keeps it in the checkpoint, and reads it back
    only after the samplers were made: a resumed training would see other batches.

    Args:
        cfg: A config; changed in place.

    Returns:
        Lines for the log.
    """
    from mmengine.runner import find_latest_checkpoint
    from mmengine.runner.checkpoint import _load_checkpoint

    randomness = cfg.get('randomness') or {}
    if not cfg.get('resume') or randomness.get('seed') is not None:
        return []
    path = cfg.get('load_from') or find_latest_checkpoint(cfg.work_dir)
    if path is None:
        return []
    seed = (_load_checkpoint(path, map_location='cpu').get('meta') or {}).get('seed')
    if seed is None:
        return []
    cfg.randomness = {**randomness, 'seed': seed}
    return [f'seed {seed} is that of {path}']
