"""After a module of tests: has it run every block of the pages that it names?

The question is put where all tests of the module ran in this process and passed; a skipped or
failed one, ``-k``, a test named by itself or a module that is spread over processes leave it open.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator
from types import ModuleType

import pytest
from doc_blocks import REPO, Block, Command, Page
from unrun_blocks import reason_of

_PASSED: Counter[str] = Counter()
_WANTED: Counter[str] = Counter()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Count the tests of each module, before any are left out."""
    _WANTED.clear()
    if not any('::' in word for word in config.args):
        _WANTED.update(_file_of(item.nodeid) for item in items)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count those that passed."""
    _PASSED[_file_of(report.nodeid)] += report.when == 'call' and report.passed


@pytest.fixture(autouse=True, scope='module')
def every_block_is_run(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail after the module's last test with the page and line of what none of them ran."""
    yield
    file = _file_of(request.node.nodeid)
    if _WANTED[file] and _PASSED[file] >= _WANTED[file]:
        problems = blocks_left(pages_of(request.module))
        assert not problems, '\n'.join(['', *problems])


def pages_of(module: ModuleType) -> list[Page]:
    """Return the pages that a module names."""
    return [value for value in vars(module).values() if isinstance(value, Page)]


def blocks_left(pages: Iterable[Page]) -> list[str]:
    """Return what is wrong: blocks that no test took, and blocks that are said not to run."""
    found = []
    for block in (block for page in pages for block in page.blocks):
        for part in block.parts:
            reason, place = reason_of(block, part), f'{part.page}:{part.line}'
            if not part.taken and not reason:
                found.append(f'{place}: no test runs this: {_start(part)}')
            if part.taken and reason:
                found.append(f'{place}: runs, though unrun_blocks.py lists it: {_start(part)}')
    return found


def declarations() -> dict[str, list[Page]]:
    """Return the pages that each module of tests names, by the file of the module."""
    found = {}
    for file in sorted((REPO / 'tests').rglob('test_*.py')):
        text = file.read_text(encoding='utf-8')
        if 'doc_blocks' in text:
            calls = [
                node.value
                for node in ast.parse(text).body
                if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
            ]
            named = [_page_of(call) for call in calls if getattr(call.func, 'id', '') == 'Page']
            if named:
                found[file.relative_to(REPO).as_posix()] = named
    return found


def _page_of(call: ast.Call) -> Page:
    words = [ast.literal_eval(word) for word in call.args]
    return Page(*words, **{word.arg: ast.literal_eval(word.value) for word in call.keywords})


def _file_of(nodeid: str) -> str:
    return nodeid.partition('::')[0]


def _start(part: Block | Command) -> str:
    return part.text.splitlines()[0][:80]
