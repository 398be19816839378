"""A page of every tool with its options, as ``--help`` prints them."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from pathlib import Path

_HEAD = """# Tools

Every script in `tools/`, as its `--help` has it. [`mmlandmark COMMAND`](../cli.md) runs the most
used ones from anywhere.
"""
_FOLDERS = {'': 'Training, testing, converting', 'dataset_converters': 'Annotation files'}
_FOLDERS['analysis'] = 'Analysis and benchmarks'


def tool_reference(root: Path) -> str:
    """Return the page as Markdown."""
    parts = [_HEAD]
    for folder, title in _FOLDERS.items():
        parts.append(f'\n## {title}\n')
        for path in sorted((root / 'tools' / folder).glob('*.py')):
            text = help_of(path)
            if text:
                name = path.relative_to(root).as_posix()
                parts.append(f'### {name}\n\n```text\n{text.rstrip()}\n```\n')
    return '\n'.join(parts)


def help_of(path: Path) -> str:
    """Return what ``python PATH --help`` prints; empty for what is no command."""
    code = compile(path.read_bytes(), str(path), 'exec')
    said = io.StringIO()
    before, columns = sys.argv, os.environ.get('COLUMNS')
    sys.argv, os.environ['COLUMNS'] = [path.name, '--help'], '100'
    sys.path.insert(0, str(path.parent))
    try:
        with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
            exec(code, {'__name__': '__main__', '__file__': str(path)})
    finally:
        sys.argv = before
        sys.path.remove(str(path.parent))
        os.environ.pop('COLUMNS') if columns is None else os.environ.update(COLUMNS=columns)
    return said.getvalue() if said.getvalue().startswith('usage:') else ''
