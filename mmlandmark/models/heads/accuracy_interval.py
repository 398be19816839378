"""How often a head computes the accuracy of its training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmengine.logging import MessageHub

from mmlandmark.errors import LandmarkError


def check_accuracy_interval(interval: Any, where: str) -> int:
    """Return the option ``accuracy_interval`` of a head.

    Raises:
        LandmarkError: It is no whole number, at least 1.
    """
    if isinstance(interval, bool) or not isinstance(interval, int) or interval < 1:
        raise LandmarkError(
            f'{where}: accuracy_interval is {interval!r}; expected a number of iterations, at '
            'least 1'
        )
    return interval


def accuracy_is_due(interval: int, train_cfg: Mapping[str, Any] | None) -> bool:
    """Whether a head computes its accuracy in the running iteration.

    The runner's own count decides, which is the same in all processes and goes on after a resume:
    iterations ``interval``, ``2 * interval`` and so on, those that a ``LoggerHook`` of that
    interval logs. Without a runner every call is due.

    Args:
        interval: The head's option.
        train_cfg: MMPose's settings; ``compute_acc=False`` means never.
    """
    if not (train_cfg or {}).get('compute_acc', True):
        return False
    if interval == 1:
        return True
    done = MessageHub.get_current_instance().get_info('iter', -1)
    return (done + 1) % interval == 0
