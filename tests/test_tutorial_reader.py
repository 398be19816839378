"""A tutorial whose output, order or failure is not as its page says is found out."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from doc_blocks import Block, Page, read_blocks
from tutorial_reader import Reader, compare

SAID = 'a table  of  2 rows\n------------\nfirst 0.5\nsecond 1.5 and more\n'


def text(*lines: str) -> Block:
    return Block('page.md', 1, 'text', (), '\n'.join(lines) + '\n')


@pytest.mark.parametrize(
    'lines',
    [
        ('a table of 2 rows', '---', 'first 0.5'),
        ('a table of 2 rows', '...', 'second 1.5 and more'),
        ('second 1.5 ...',),
    ],
)
def test_what_was_printed_is_found(lines):
    compare(text(*lines), SAID, loose=False)


@pytest.mark.parametrize(
    'lines', [('first 0.6',), ('second 1.5',), ('second 1.5 and more', 'first 0.5'), ('third',)]
)
def test_what_was_not_printed_is_told(lines):
    with pytest.raises(AssertionError, match='page.md:1: not printed'):
        compare(text(*lines), SAID, loose=False)


def test_only_numbers_may_differ_where_they_may():
    compare(text('first 7.25'), SAID, loose=True)
    with pytest.raises(AssertionError, match='not printed'):
        compare(text('other 0.5'), SAID, loose=True)


@pytest.fixture
def follow(tmp_path):
    """Write a page of blocks, given as language and text, and follow it in an empty folder."""
    (home := tmp_path / 'home').mkdir()
    (programs := tmp_path / 'programs').mkdir()
    (programs / 'python').symlink_to(sys.executable)

    class Written(Page):
        @property
        def blocks(self):
            return tuple(read_blocks('page.md', tmp_path))

    def written(*blocks: tuple[str, str]) -> Path:
        fenced = (f'```{language}\n{body}\n```' for language, body in blocks)
        (tmp_path / 'page.md').write_text('\n\n'.join(fenced))
        Reader(home, programs).follow(Written('page.md'))
        return home

    return written


def test_blocks_are_followed_in_one_shell(follow):
    home = follow(
        ('bash', 'mkdir inner\ncd inner\nexport WORD="two words"'),
        ('python', '# file: said.py\nprint(6 * 7)'),
        ('bash', 'echo $WORD > word.txt\npython3 said.py\npwd'),
        ('text', '42\n...'),
        (
            'python',
            "from pathlib import Path\nPath('python.txt').write_text(Path('word.txt').read_text())",
        ),
    )
    assert (home / 'inner' / 'python.txt').read_text() == 'two words\n'


def test_a_command_that_should_fail_must(follow):
    follow(('bash', 'echo error: no >&2\nfalse'), ('text', 'error: no'))
    with pytest.raises(AssertionError, match='status 0, expected an error'):
        follow(('bash', 'echo error: no'), ('text', 'error: no'))
    with pytest.raises(AssertionError, match='status 1, expected success'):
        follow(('bash', 'false'))
