"""The pages that lie beside ``docs/``: the README is the home of the site."""

from __future__ import annotations

import re
from pathlib import Path

_LINK = re.compile(r'\]\((?!\w+:|#)([^)]+)\)')
# What the site has under another name, and what it does not have at all.
_PAGES = {'CHANGELOG.md': 'changelog.md', 'README.md': 'index.md'}


def home(root: Path) -> str:
    """Return the README with its links as the site has them."""
    return _LINK.sub(_moved, (root / 'README.md').read_text(encoding='utf-8'))


def changelog(root: Path) -> str:
    """Return the changelog with its links as the site has them."""
    text = (root / 'CHANGELOG.md').read_text(encoding='utf-8')
    # it names pages as files of the checkout: `docs/x.md`
    return re.sub(r'`docs/([\w-]+\.md)`', r'[\1](\1)', _LINK.sub(_moved, text))


def _moved(link: re.Match[str]) -> str:
    target = link[1]
    if target.startswith('docs/'):
        return f']({target.removeprefix("docs/")})'
    if target in _PAGES:
        return f']({_PAGES[target]})'
    return ']'  # a file of the checkout, such as the licence: its name remains
