"""Fixtures that several test folders share."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import shared_server
from quick_runners import quicken_runners

REPO = Path(__file__).resolve().parents[1]
pytest_plugins = ('doc_block_rule',)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """A worker learns where the controller answers."""
    node.workerinput['shared_server'] = shared_server.share()


def pytest_configure(config: pytest.Config) -> None:
    """In a worker, tools come from the controller."""
    shared_server.use(getattr(config, 'workerinput', {}).get('shared_server', ''))


@pytest.fixture(autouse=True, scope='session')
def quick_runners() -> None:
    """In this process; those that :mod:`processes` starts do it for themselves."""
    quicken_runners()


@pytest.fixture(autouse=True)
def mmpose_scope() -> Iterator[None]:
    """No test leaves another one in the scope of MMDetection, where metrics of ours are unknown."""
    yield
    registry = sys.modules.get('mmengine.registry')
    scope = registry and registry.DefaultScope.get_current_instance()
    if scope and scope.scope_name != 'mmpose':
        registry.init_default_scope('mmpose')


@pytest.fixture(scope='session')
def repo() -> Path:
    """The root of the checkout."""
    return REPO


@pytest.fixture(scope='session')
def shared_data() -> Path:
    """The folder of real pairs: ``$MMLANDMARK_DATA``, else a sibling of the checkout."""
    folder = Path(os.environ.get('MMLANDMARK_DATA', REPO.parent / 'shared' / 'data'))
    if not folder.is_dir():
        pytest.skip(
            f'no real data: neither $MMLANDMARK_DATA nor {folder.name!r} beside the checkout'
        )
    return folder
