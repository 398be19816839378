"""The question after a module of tests: asked where it can be answered, and nowhere else."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
MODULE = """
import pytest
from doc_blocks import Page

PAGE = Page('docs/page.md', '{title}')

def test_first():
    PAGE.one('python').run()

def test_second():
    {second}
"""
PAGE = '## {title}\n\n```python\nx = 1\n```\n\n```bash\nls\nmake test\n```\n'
SECOND = {
    'whole': 'assert PAGE.one("bash").take()',
    'part': 'PAGE.commands("ls")[0].take()',
    'skipped': 'pytest.skip("no data")',
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """One module that runs all of its part of a page, one that leaves a command, one skipped."""
    (tmp_path / 'docs').mkdir()
    (tmp_path / 'tests').mkdir()
    (tmp_path / 'docs' / 'page.md').write_text(
        '\n'.join(PAGE.format(title=title) for title in SECOND)
    )
    for name in ('doc_blocks', 'doc_block_rule', 'unrun_blocks'):
        shutil.copy(HERE / f'{name}.py', tmp_path / 'tests')
    (tmp_path / 'tests' / 'conftest.py').write_text("pytest_plugins = ('doc_block_rule',)\n")
    for title, second in SECOND.items():
        module = MODULE.format(title=title, second=second)
        (tmp_path / 'tests' / f'test_{title}.py').write_text(module)
    return tmp_path


@pytest.mark.parametrize(
    ('options', 'asked'),
    [
        (('tests', '-p', 'xdist', '-n', '2', '--dist', 'loadfile'), True),
        (('tests/test_part.py::test_first', 'tests/test_part.py::test_second'), False),
        (('tests', '-k', 'first'), False),
    ],
)
def test_a_module_is_asked_after_all_its_tests(checkout: Path, options, asked: bool) -> None:
    if '-n' in options:
        pytest.importorskip('xdist')
    done = subprocess.run(
        [sys.executable, '-m', 'pytest', '-q', '-p', 'no:cacheprovider', *options],
        cwd=checkout,
        env={**os.environ, 'PYTHONPATH': '', 'PYTEST_DISABLE_PLUGIN_AUTOLOAD': '1'},
        capture_output=True,
        text=True,
    )
    left = [line for line in done.stdout.splitlines() if 'no test runs this' in line]
    assert done.returncode == int(asked), done.stdout
    if asked:
        assert any('docs/page.md:20: no test runs this: make test' in line for line in left)
        assert 'docs/page.md:9' not in done.stdout and 'docs/page.md:31' not in done.stdout
        assert '1 error' in done.stdout
    assert asked or not left
