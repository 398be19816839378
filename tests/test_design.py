"""docs/design.md tells the truth about the code: who imports whom, and the files that it names."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

#: Single modules beside the packages, which any of them may use.
COMMON = {'_stack', 'errors', 'options', 'progress', 'version'}


@pytest.fixture(scope='module')
def page(repo):
    return (repo / 'docs' / 'design.md').read_text(encoding='utf-8')


@pytest.fixture(scope='module')
def layers(page):
    """Package -> those that its row lists."""
    table = page.split('<!-- layers -->')[1].split('<!-- /layers -->')[0]
    rows = re.findall(r'^\| `(\w+)` \|.*\|(.*)\|$', table, re.MULTILINE)
    return {package: set(re.findall(r'`(\w+)`', listed)) for package, listed in rows}


def imports(folder: Path, package: str) -> set[str]:
    """What the files of a package import from others of mmlandmark, at any level."""
    found = set()
    for file in (folder / package).rglob('*.py'):
        for node in ast.walk(ast.parse(file.read_text(encoding='utf-8'))):
            if isinstance(node, ast.ImportFrom) and node.module == 'mmlandmark':
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found |= second(node.module)
            elif isinstance(node, ast.Import):
                found |= set().union(*(second(alias.name) for alias in node.names))
    return found - COMMON - {package}


def second(module: str) -> set[str]:
    first, *rest = module.split('.')
    return set(rest[:1]) if first == 'mmlandmark' else set()


def test_packages_import_those_of_their_row(repo, layers):
    folder = repo / 'mmlandmark'
    packages = {path.parent.name for path in folder.glob('*/__init__.py')}
    assert set(layers) == packages
    found = {package: imports(folder, package) & packages for package in layers}
    assert found == layers


def test_the_files_that_it_names_are_there(repo, page):
    named = re.findall(r'`((?:annotations|models|engine)/[\w/.]+)`', page)
    assert len(named) >= 6
    for path in named:
        assert (repo / 'mmlandmark' / path).exists(), path


def test_the_classes_that_it_names_are_there(repo, page):
    sources = '\n'.join(
        path.read_text(encoding='utf-8') for path in (repo / 'mmlandmark').rglob('*.py')
    )
    for name in set(re.findall(r'`([A-Z]\w+[a-z])`', page)):
        assert f'class {name}(' in sources, name
