"""Memory that a step has freed is there for the next one, without the operating system."""

from __future__ import annotations

from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.runner import Runner
from mmpose.registry import HOOKS

from mmlandmark.memory import keep_memory


@HOOKS.register_module()
class KeepMemoryHook(Hook):
    """Lets glibc's ``malloc`` keep large blocks that are freed: see ``keep_memory``.

    It acts before training, validation and testing, and cannot be taken back. What it costs, the
    most that a process has held at one time, includes loader processes, which inherit it. A GPU's
    memory has nothing to do with it. Without glibc it changes nothing, and says so in the log.
    """

    priority = 'VERY_HIGH'

    def before_run(self, runner: Runner) -> None:
        """Set the options of the process."""
        if not keep_memory():
            print_log(
                'KeepMemoryHook changes nothing here: this process has no malloc of glibc',
                logger='current',
            )
