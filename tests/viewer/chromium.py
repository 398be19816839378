"""The page of a session in a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mmlandmark.viewer import ViewerSession, serving

sync_api = pytest.importorskip('playwright.sync_api')

CHROMIUM = shutil.which('chromium') or shutil.which('chromium-browser')
WAIT = 20_000
expect = sync_api.expect
expect.set_options(timeout=WAIT)
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason='no Chromium is installed')


@contextmanager
def launched() -> Iterator[sync_api.Browser]:
    """Give a browser without a window."""
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=['--no-sandbox'])
        yield browser
        browser.close()


@contextmanager
def opened(
    browser: sync_api.Browser, session: ViewerSession, allowed: str = '409 (Conflict)'
) -> Iterator[sync_api.Page]:
    """Give the page of a session; whatever it logs as an error, but ``allowed``, fails."""
    said = []
    with serving(session) as address:
        page = browser.new_page(viewport={'width': 1400, 'height': 900}, accept_downloads=True)
        page.set_default_timeout(WAIT)
        page.on('pageerror', lambda error: said.append(str(error)))
        page.on('console', lambda m: said.append(m.text) if m.type == 'error' else None)
        page.goto(address)
        page.wait_for_selector('#overlay .point')
        yield page
        assert 'wrong' not in (page.get_attribute('#status', 'class') or ''), page.inner_text(
            '#status'
        )
        page.close()
    assert [s for s in said if allowed not in s] == []  # Chromium logs that status
