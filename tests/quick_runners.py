"""Runners without what costs more than most trainings of tests and changes none of them.

A runner asks compilers for their versions, and lays out its config four times, for its log alone.
"""

from __future__ import annotations

import sys


def quicken_runners() -> None:
    """Leave out versions of compilers and the layout of configs, if this process has MMEngine.

    Configs are written as before, on fewer lines.
    """
    if 'mmengine.runner.runner' in sys.modules:
        sys.modules['mmengine.config.config'].FormatCode = lambda text, **_: (text, True)
        sys.modules['mmengine.runner.runner'].collect_env = dict
