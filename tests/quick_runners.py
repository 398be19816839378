"""Runners without what costs more than most trainings of tests and changes none of them.

A runner asks compilers for their versions, and lays out its config four times, for its log alone.
Every data set of MMEngine asks for all garbage, which is sought in everything that the stack has.
"""

from __future__ import annotations

import gc
import sys


def quicken_runners() -> None:
    """Leave out versions of compilers and the layout of configs, if this process has MMEngine.

    Configs are written as before, on fewer lines. What has been imported by now is no garbage.
    """
    gc.freeze()
    if 'mmengine.runner.runner' in sys.modules:
        sys.modules['mmengine.config.config'].FormatCode = lambda text, **_: (text, True)
        sys.modules['mmengine.runner.runner'].collect_env = dict
