"""Memory that is freed stays with the process: its pages are not asked for again."""

from __future__ import annotations

import ctypes
import multiprocessing
import platform
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection

import pytest

from mmlandmark import memory

resource = pytest.importorskip('resource')
BLOCK, TIMES, PAGE = 48 * 2**20, 5, 2**21
"""Bytes of a block, more than glibc ever keeps by itself; how often it is needed; bytes of a large
page."""


def faults(allocate: Callable[[], object]) -> int:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(TIMES):
        allocate()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def report_faults(end: Connection) -> None:
    """Page faults of the same work, before and after the call, in a process of its own."""

    def allocate() -> bytearray:
        return bytearray(b'1') * BLOCK

    before = faults(allocate)
    told = memory.keep_memory()
    faults(allocate)  # the heap grows
    with ThreadPoolExecutor(1) as pool:
        pool.submit(faults, allocate).result()
        end.send((told, before, faults(allocate), pool.submit(faults, allocate).result()))


@pytest.mark.skipif(platform.libc_ver()[0] != 'glibc', reason='malloc is not that of glibc')
def test_pages_are_asked_for_once_in_every_thread():
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context('fork').Process(target=report_faults, args=(there,))
    process.start()
    assert here.poll(60)
    told, before, after, in_thread = here.recv()
    process.join()
    assert process.exitcode == 0 and told
    assert before >= TIMES * BLOCK / PAGE
    assert max(after, in_thread) < before / 20


class OtherLibrary:
    """A C library that has a ``mallopt``, but is not glibc."""

    mallopt = None


@pytest.mark.parametrize('error', [None, TypeError, OSError], ids=['musl', 'Windows', 'static'])
def test_elsewhere_nothing_is_changed(error, monkeypatch):
    def load(name: None) -> object:
        if error is not None:
            raise error
        return OtherLibrary()

    monkeypatch.setattr(ctypes, 'CDLL', load)
    assert not memory.keep_memory()


def test_an_option_that_is_refused_is_told(monkeypatch):
    monkeypatch.setattr(memory, '_mallopt', lambda: lambda option, value: 0)
    assert not memory.keep_memory()
