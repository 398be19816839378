"""Fixtures of the tests of data sets."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], str]]:
    """What MMEngine's log says, whoever made the logger and wherever it writes."""
    from mmengine.logging import MMLogger

    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    yield lambda: caplog.text
    logger.removeHandler(caplog.handler)
