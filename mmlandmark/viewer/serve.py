"""Run the viewer: on 127.0.0.1 alone, for whoever has the token of this run."""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from mmlandmark.errors import LandmarkError
from mmlandmark.progress import waiting
from mmlandmark.viewer.app import make_app
from mmlandmark.viewer.guard import HOST
from mmlandmark.viewer.session import ViewerSession

_PATIENCE = 30.0  # seconds that a server may take to start


def view(
    annotations: str | os.PathLike,
    images: str | os.PathLike | None = None,
    *,
    port: int = 0,
    browser: bool = True,
    **options: Any,
) -> None:
    """Look at annotations in the browser, until Ctrl+C.

    Args:
        annotations: A COCO keypoint file.
        images: Folder of its pictures; by default that of the file.
        port: Where to listen on 127.0.0.1; 0: any free port.
        browser: Open the page; else only its address is printed.
        options: Those of ``ViewerSession``.

    Raises:
        LandmarkError: Wrong input, or the port is taken.
    """
    with waiting('reading'):
        session = ViewerSession(annotations, images, **options)
    # the command line of a browser can be read by every account of the machine
    once = secrets.token_urlsafe(24)
    with serving(session, port=port, once=once) as address:
        print(f'{summary(session)}\n{address}\nCtrl+C ends it', flush=True)
        if browser:
            webbrowser.open(f'{address.partition("=")[0]}={once}')
        try:
            wait_for_ctrl_c()
        except KeyboardInterrupt:
            print('ended')


def wait_for_ctrl_c() -> None:
    """Wait until KeyboardInterrupt is raised."""
    threading.Event().wait()


@contextmanager
def serving(session: ViewerSession, *, port: int = 0, once: str | None = None) -> Iterator[str]:
    """Serve a session in a thread while the block runs; gives the address, token included.

    Args:
        session: What to show.
        port: Where to listen on 127.0.0.1; 0: any free port.
        once: Another token, which opens the page a single time.

    Raises:
        LandmarkError: The port is taken.
    """
    with _listening(port) as listener:
        port, token = listener.getsockname()[1], secrets.token_urlsafe(24)
        config = uvicorn.Config(
            make_app(session, token, port, once), log_level='warning', timeout_graceful_shutdown=2
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            _wait_for(server, thread)
            yield f'http://{HOST}:{port}/?token={token}'
        finally:
            server.should_exit = True
            thread.join(_PATIENCE)


def summary(session: ViewerSession) -> str:
    """Return what is being viewed, in one line."""
    carried = ', '.join(f'{len(session.file.read(s))} of {s.name}' for s in session.file.schemas)
    pictures = len(session.file.data['images'])
    truth = f'; ground truth: {session.truth.name}' if session.truth else ''
    return f'{session.file.name}: {pictures} pictures, instances: {carried}{truth}'


def _listening(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except (OSError, OverflowError) as error:
        listener.close()
        reason = getattr(error, 'strerror', None) or error
        raise LandmarkError(f'port {port}: cannot listen on {HOST}: {reason}') from None
    return listener


def _wait_for(server: uvicorn.Server, thread: threading.Thread) -> None:
    end = time.monotonic() + _PATIENCE
    while not server.started:
        if not thread.is_alive() or time.monotonic() > end:
            raise LandmarkError(f'the server did not start on {HOST}')
        time.sleep(0.01)
