"""Runners without what costs more than most trainings of tests and changes none of them.

A runner asks compilers for their versions, and lays out its config four times, for its log alone;
a loop of steps sleeps for two seconds before it begins the data anew.
"""

from __future__ import annotations

import sys
from types import SimpleNamespace


def quicken_runners() -> None:
    """Leave out compilers, the layout of configs and sleep, if this process has MMEngine.

    Configs are written as before, on fewer lines.
    """
    if 'mmengine.runner.runner' in sys.modules:
        sys.modules['mmengine.config.config'].FormatCode = lambda text, **_: (text, True)
        sys.modules['mmengine.runner.runner'].collect_env = dict
        sys.modules['mmengine.runner.loops'].time = SimpleNamespace(sleep=lambda seconds: None)
