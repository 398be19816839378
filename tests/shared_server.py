"""What one process of a run does for all of them: the controller, which tests nothing itself.

The workers of ``pytest -n`` ask it for tools, so that a run has one server of tools and not one per
worker. Without workers, the only process asks itself.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Client, Connection, Listener
from typing import Any

_address = ''


def ask(do: Callable[..., Any], *arguments: object) -> Any:
    """Return ``do(*arguments)``, as the controller of this run finds it.

    Args:
        do: A function of a module that the controller finds too.
        arguments: What can be pickled there.

    Raises:
        AssertionError: As the function does.
    """
    if not _address:
        return do(*arguments)
    with Client(_address, 'AF_UNIX') as asked:
        asked.send((do, arguments))
        result, error = asked.recv()
    if error is not None:
        raise error
    return result


def use(address: str) -> None:
    """Ask there from now on."""
    global _address
    _address = address


@functools.cache
def share() -> str:
    """Answer all that ask, until this process ends; return where."""
    listener = Listener(family='AF_UNIX')  # in a folder of this user alone, which ends with us
    threading.Thread(target=_listen, args=(listener,), daemon=True).start()
    return listener.address


def _listen(listener: Listener) -> None:
    while True:
        threading.Thread(target=_answer, args=(listener.accept(),), daemon=True).start()


def _answer(connection: Connection) -> None:
    with suppress(OSError, EOFError), connection:  # who asked has ended meanwhile
        do, arguments = connection.recv()
        try:
            answer = do(*arguments), None
        except Exception as error:
            answer = None, error
        connection.send(answer)
