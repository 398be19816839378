"""The hook asks for memory that is kept, and says where that is not to be had."""

from __future__ import annotations

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmpose.registry import HOOKS  # noqa: E402

from mmlandmark.engine.hooks import keep_memory_hook  # noqa: E402


@pytest.mark.parametrize('can', [True, False])
def test_it_is_asked_for_before_the_run_and_told_where_it_changes_nothing(can, monkeypatch):
    asked, said = [], []
    monkeypatch.setattr(keep_memory_hook, 'keep_memory', lambda: asked.append(1) or can)
    monkeypatch.setattr(keep_memory_hook, 'print_log', lambda message, **_: said.append(message))
    HOOKS.build(dict(type='KeepMemoryHook')).before_run(None)
    assert asked == [1] and len(said) == (not can)
    assert all('changes nothing' in message for message in said)
