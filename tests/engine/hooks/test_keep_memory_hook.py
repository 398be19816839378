"""Memory that is freed stays with the process: its pages are not asked for again."""

from __future__ import annotations

import ctypes
import multiprocessing
import platform
from collections.abc import Callable
from multiprocessing.connection import Connection

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
resource = pytest.importorskip('resource')
from mmpose.registry import HOOKS  # noqa: E402

from mmlandmark.engine.hooks import keep_memory_hook  # noqa: E402

BLOCK, TIMES, PAGE = 48 * 2**20, 5, 2**21
"""Bytes of a block, more than glibc ever keeps by itself; how often it is needed; bytes of a large
page."""


def faults(allocate: Callable[[], object]) -> int:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(TIMES):
        allocate()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def report_faults(end: Connection) -> None:
    """Page faults of the same work, before and after the hook, in a process of its own."""

    def allocate() -> bytearray:
        return bytearray(b'1') * BLOCK

    before = faults(allocate)
    hook = HOOKS.build(dict(type='KeepMemoryHook'))
    hook.before_run(None)
    faults(allocate)  # the heap grows
    end.send((before, faults(allocate)))


@pytest.mark.skipif(platform.libc_ver()[0] != 'glibc', reason='malloc is not that of glibc')
def test_pages_are_asked_for_once():
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context('fork').Process(target=report_faults, args=(there,))
    process.start()
    assert here.poll(60)
    before, after = here.recv()
    process.join()
    assert process.exitcode == 0
    assert before >= TIMES * BLOCK / PAGE
    assert after < before / 20


class OtherLibrary:
    """A C library that has a ``mallopt``, but is not glibc."""

    mallopt = None


@pytest.mark.parametrize('error', [None, TypeError, OSError], ids=['musl', 'Windows', 'static'])
def test_elsewhere_it_says_that_it_changes_nothing(error, monkeypatch):
    def load(name: None) -> object:
        if error is not None:
            raise error
        return OtherLibrary()

    said = []
    monkeypatch.setattr(ctypes, 'CDLL', load)
    monkeypatch.setattr(keep_memory_hook, 'print_log', lambda message, **_: said.append(message))
    HOOKS.build(dict(type='KeepMemoryHook')).before_run(None)
    assert len(said) == 1 and 'changes nothing' in said[0]


def test_an_option_that_is_refused_is_told(monkeypatch):
    monkeypatch.setattr(keep_memory_hook, '_mallopt', lambda: lambda option, value: 0)
    assert not keep_memory_hook.keep_memory()
