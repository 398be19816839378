"""A reader who follows a tutorial: runs its blocks in their order, and looks at what they print.

- Shell goes on where the last block of shell stopped: folder and exported variables.
- A block of Python or JSON that begins with ``# file: NAME`` (``// file: NAME``) becomes that file.
- A block of text is what the block before it prints; ``...`` stands for lines that are left out.
- ``.../`` in it stands for the folder of the reader.
- Where the text begins with ``error:``, the block before it must fail.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from doc_blocks import PYTHON, SHELL, Block, Page
from served_python import served_python

TIMEOUT = 600
_FILE = re.compile(r'^(?:#|//) file: (\S+)\n')
_NUMBER = re.compile(r'\d+(?:[.,]\d+)*(?:e-?\d+)?')
_ENTRY = 'import sys\nfrom mmlandmark.cli.main import main\nsys.exit(main())\n'


class Reader:
    """One reader with one folder.

    Args:
        folder: Where the tutorial starts.
        programs: Folder with a ``python`` that is given to every command; ``mmlandmark`` is added.
        loose: Words of blocks whose numbers differ from those on the page, since the reader trains
            shorter; of all others the printed numbers must be right.
        env: Variables that the reader has set.
    """

    def __init__(
        self,
        folder: Path,
        programs: Path,
        *,
        loose: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.cwd, self.programs, self.loose = folder, programs, tuple(loose)
        path = f'{programs}{os.pathsep}{os.environ["PATH"]}'
        self.env = {**os.environ, 'OMP_NUM_THREADS': '1', **(env or {}), 'PATH': path}
        self.env['PYTHON_EXEC'] = str(programs / 'python')  # torchrun's name for it
        self.names: dict = {}
        self.state = programs / 'state'
        (programs / 'entry.py').write_text(_ENTRY)
        command = programs / 'mmlandmark'
        command.write_text(f'#!/bin/sh\nexec "{programs}/python" "{programs}/entry.py" "$@"\n')
        command.chmod(0o755)

    @classmethod
    @contextmanager
    def at_checkout(cls, repo: Path, folder: Path, **options: Any) -> Iterator[Reader]:
        """Make a reader in a folder ``checkout`` that has nothing but the tools.

        Args:
            repo: The checkout.
            folder: An empty folder, which gets ``checkout`` and ``programs``.
            **options: ``loose`` and ``env``.

        Yields:
            The reader, whose ``python`` is served until the context is left.
        """
        (checkout := folder / 'checkout').mkdir()
        (programs := folder / 'programs').mkdir()
        (checkout / 'tools').symlink_to(repo / 'tools')
        with served_python(programs):
            yield cls(checkout, programs, **options)

    def follow(self, page: Page) -> None:
        """Run all blocks of a page."""
        blocks = page.blocks
        said = ''
        for number, block in enumerate(blocks):
            after = blocks[number + 1 : number + 2]
            fails = bool(after) and after[0].language == 'text' and _is_error(after[0].text)
            if block.language == 'text':
                loose = any(word in blocks[number - 1].text for word in self.loose)
                compare(block, said, loose=loose)
            elif found := _FILE.match(block.text):
                (self.cwd / found[1]).write_text(block.take()[found.end() :], encoding='utf-8')
            elif block.language in SHELL:
                said = self._shell(block, fails).replace(f'{self.cwd}/', '.../')
            else:
                assert block.language in PYTHON, f'{block.place}: {block.language!r}'
                self._python(block)

    def _shell(self, block: Block, fails: bool) -> str:
        script = f'{block.take()}\npwd > "{self.state}"\nenv -0 >> "{self.state}"'
        done = subprocess.run(
            ['bash', '-euo', 'pipefail', '-c', script],
            cwd=self.cwd,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT,
        )
        wanted = 'an error' if fails else 'success'
        ended = f'{block.place}: status {done.returncode}, expected {wanted}\n{done.stdout[-4000:]}'
        assert (done.returncode != 0) == fails, ended
        if not fails:
            where, _, variables = self.state.read_text().partition('\n')
            self.cwd = Path(where)
            self.env = dict(v.split('=', 1) for v in variables.split('\0') if '=' in v)
        return done.stdout

    def _python(self, block: Block) -> None:
        before = Path.cwd()
        os.chdir(self.cwd)
        try:
            block.run(self.names)
        finally:
            os.chdir(before)


def compare(block: Block, said: str, *, loose: bool) -> None:
    """Look for the lines of a block of text in what was printed, in their order.

    Args:
        block: The block; a line of it may be cut off by ``...`` at its end.
        said: What was printed.
        loose: Whether numbers may differ.
    """
    printed = iter([_plain(line, loose) for line in said.splitlines()])
    for line in block.take().splitlines():
        wanted = _plain(line, loose)
        if wanted in ('', '...'):
            continue
        cut = wanted.endswith('...')
        start = wanted.removesuffix('...').rstrip()
        found = any(have.startswith(start) if cut else have == wanted for have in printed)
        assert found, f'{block.place}: not printed (any more, or in this order): {line}\n{said}'


def _plain(line: str, loose: bool) -> str:
    # the time in front of lines of a log is left out, and how wide columns are does not matter
    line = re.sub(r'^\d\d/\d\d [\d:]+ - mmengine - ', '', line.strip())
    line = re.sub(r'--+', '--', ' '.join(line.split()))
    return _NUMBER.sub('#', line) if loose else line


def _is_error(text: str) -> bool:
    return text.startswith('error:')
