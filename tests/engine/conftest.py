"""What the tests of hooks and loops share."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True, scope='session')
def no_environment_report():
    """Runners ask compilers for their versions, a second each; nothing here needs to know."""
    runner = pytest.importorskip('mmengine.runner').Runner
    patch = pytest.MonkeyPatch()
    patch.setattr(runner, '_log_env', lambda self, cfg: None)
    yield
    patch.undo()
