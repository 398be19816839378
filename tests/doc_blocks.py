"""The code blocks of the documentation, and which of them the tests have run.

A module of tests that runs blocks of a page says so by a :class:`Page` among its names. After
all its tests :mod:`doc_block_rule` looks for blocks of its pages that none of them took.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

REPO = Path(__file__).resolve().parents[1]
SHELL = ('bash', 'shell', 'sh')
PYTHON = ('python', 'py')
_FENCE = re.compile(r'^(\s*)(```+|~~~+)\s*([\w+-]*)')
_HEADING = re.compile(r'^(#{1,6}) (.+?)\s*$')

#: (page, line) of what tests of this process have taken.
_TAKEN: set[tuple[str, int]] = set()


@dataclass(frozen=True)
class Command:
    """One command of a block of shell: a line with those that it goes on over.

    Args:
        page: The file, relative to the checkout.
        line: Where it starts.
        text: As the page has it.
    """

    page: str
    line: int
    text: str

    @property
    def taken(self) -> bool:
        """Whether a test of this process has taken it."""
        return (self.page, self.line) in _TAKEN

    def take(self) -> list[str]:
        """Return its words, to be run by the caller."""
        _TAKEN.add((self.page, self.line))
        return shlex.split(self.text.replace('\\\n', ' '), comments=True)

    def run(self, *more: str) -> int:
        """Run ``python tools/...`` or ``mmlandmark ...`` in this process.

        Args:
            more: Options that make it quicker.

        Returns:
            Its exit status.
        """
        from mmlandmark.cli.commands import Command as Entry
        from mmlandmark.cli.main import main, run_command

        program, *words = (*self.take(), *more)
        if program == 'mmlandmark':
            return main(words)
        assert program == 'python' and words[0].startswith('tools/'), self.text
        return run_command(Entry('', '', words[0].removeprefix('tools/'), ()), words[1:])


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Args:
        page: The file, relative to the checkout.
        line: Where its fence opens.
        language: What stands behind the fence; may be empty.
        headings: The titles that it stands under, the outermost first.
        text: What it holds, without the indentation of the fence.
    """

    page: str
    line: int
    language: str
    headings: tuple[str, ...]
    text: str = field(repr=False)

    @property
    def place(self) -> str:
        """Page and line, as editors open it."""
        return f'{self.page}:{self.line}'

    @cached_property
    def commands(self) -> tuple[Command, ...]:
        """Those of a block of shell, without comments and blank lines."""
        found, start, text = [], 0, ''
        for number, line in enumerate(self.text.splitlines(), self.line + 1):
            if not text and (not line.strip() or line.lstrip().startswith('#')):
                continue
            start, text = (start, f'{text}\n{line}') if text else (number, line)
            if not _goes_on(text):
                found.append(Command(self.page, start, text))
                text = ''
        assert not text, f'{self.page}:{start}: a command that does not end'
        return tuple(found)

    @property
    def parts(self) -> tuple[Command | Block, ...]:
        """What is taken one by one: the commands of shell, or the block itself."""
        return self.commands if self.language in SHELL else (self,)

    @property
    def taken(self) -> bool:
        """Whether a test of this process has taken it as a whole."""
        return (self.page, self.line) in _TAKEN

    def take(self) -> str:
        """Return the text, to be run or compared by the caller."""
        _TAKEN.update((self.page, line) for line in (self.line, *(p.line for p in self.parts)))
        return self.text

    def run(self, space: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run a block of Python and return its names; an error names the line of the page."""
        assert self.language in PYTHON, f'{self.place}: not Python'
        space = {} if space is None else space
        exec(compile('\n' * self.line + self.take(), str(REPO / self.page), 'exec'), space)
        return space


class Page:
    """A page of the documentation, or parts of it, whose blocks a module of tests runs.

    Args:
        path: The file, relative to the checkout.
        sections: Titles of the parts, with all that stands under them; by default the whole page.
            Part of a title may be left out at its end.
        but: Titles of parts below those that other modules run.
    """

    def __init__(self, path: str, *sections: str, but: tuple[str, ...] = ()) -> None:
        self.path, self.sections, self.but = path, sections, but

    @property
    def whole(self) -> str:
        """All the text of the file."""
        return (REPO / self.path).read_text(encoding='utf-8')

    @cached_property
    def text(self) -> str:
        """The text of the parts."""
        return '\n'.join(line for _, line, headings, _ in _lines(self.whole) if self._has(headings))

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks of the parts, in their order."""
        return tuple(b for b in read_blocks(self.path) if self._has(b.headings))

    def of(self, *languages: str, having: str = '') -> list[Block]:
        """Return the blocks of some languages, those that say some words."""
        return [b for b in self.blocks if b.language in languages and having in b.text]

    def one(self, *languages: str, having: str = '') -> Block:
        """Return the only block of some languages that says some words."""
        found = self.of(*languages, having=having)
        assert len(found) == 1, f'{self.path}: {len(found)} blocks of {languages}, {having!r}'
        return found[0]

    @property
    def python(self) -> list[Block]:
        """Blocks of Python."""
        return self.of(*PYTHON)

    def commands(self, having: str = '') -> list[Command]:
        """Return the commands of all blocks of shell, those that say some words."""
        return [c for b in self.of(*SHELL) for c in b.commands if having in c.text]

    def _has(self, headings: tuple[str, ...]) -> bool:
        def among(titles: tuple[str, ...]) -> bool:
            return any(heading.startswith(title) for heading in headings for title in titles)

        return (not self.sections or among(self.sections)) and not among(self.but)


def pages() -> list[str]:
    """Return the pages of the documentation, relative to the checkout."""
    found = [REPO / 'README.md', REPO / 'CONTRIBUTING.md', *sorted((REPO / 'docs').rglob('*.md'))]
    return [path.relative_to(REPO).as_posix() for path in found]


def read_blocks(path: str, root: Path | None = None) -> list[Block]:
    """Return all fenced blocks of a page.

    Args:
        path: The file, relative to the root.
        root: Another folder than the checkout.
    """
    blocks: list[Block] = []
    opened: tuple[int, str, tuple[str, ...]] | None = None
    body: list[str] = []
    indent = ''
    text = ((root or REPO) / path).read_text(encoding='utf-8')
    for number, line, headings, fence in _lines(text):
        if fence == 'opens':
            indent, _, language = _FENCE.match(line).groups()
            opened, body = (number, language, headings), []
        elif fence == 'closes':
            blocks.append(Block(path, *opened, ''.join(f'{line}\n' for line in body)))
            opened = None
        elif opened:
            body.append(line.removeprefix(indent))
    assert opened is None, f'{path}:{opened[0]}: a block that does not end'
    return blocks


def _goes_on(text: str) -> bool:
    if text.endswith('\\'):
        return True
    try:
        shlex.split(text, comments=True)
    except ValueError:  # a quotation that is not closed
        return True
    return False


def _lines(text: str) -> Iterator[tuple[int, str, tuple[str, ...], str]]:
    """Lines with their number, the titles above, and whether they open or close a block."""
    titles: list[tuple[int, str]] = []
    fence = ''
    for number, line in enumerate(text.splitlines(), 1):
        found = _FENCE.match(line)
        state = ''
        if found and not fence:
            fence, state = found[2], 'opens'
        elif found and fence and line.strip() == fence:
            fence, state = '', 'closes'
        elif not fence and (heading := _HEADING.match(line)):
            titles = [(n, t) for n, t in titles if n < len(heading[1])]
            titles.append((len(heading[1]), heading[2]))
        yield number, line, tuple(title for _, title in titles), state
