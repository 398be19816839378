"""Every example of docs/schemas.md runs, in the order of the page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mmlandmark.schemas import get_mapping, get_schema, list_mappings, list_schemas

BLOCK = re.compile(
    r'^```(python|json)\n(?:(?:#|//) file: (\S+)\n)?(.*?)^```', re.MULTILINE | re.DOTALL
)


@pytest.fixture
def guide(repo: Path) -> str:
    return (repo / 'docs' / 'schemas.md').read_text(encoding='utf-8')


def test_every_example_runs(guide: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = BLOCK.findall(guide)
    assert len(blocks) == 6
    for language, file, text in blocks:
        if file:
            Path(file).write_text(text, encoding='utf-8')
        else:
            assert language == 'python'
            exec(compile(text, 'docs/schemas.md', 'exec'), {})


@pytest.mark.parametrize('name', list_schemas())
def test_the_table_of_schemas_is_true(name: str, guide: str) -> None:
    row = next(line for line in guide.splitlines() if line.startswith(f'| `{name}`'))
    schema = get_schema(name)
    assert f'| {schema.num_keypoints} |' in row
    named = re.findall(r'`(\w+)`', row.split('|')[5])
    assert sorted(named) == sorted(schema.normalizers)
    if '0.025 for all' in row:
        assert set(schema.sigmas) == {0.025}


@pytest.mark.parametrize('name', list_mappings())
def test_the_table_of_mappings_is_true(name: str, guide: str) -> None:
    row = next(line for line in guide.splitlines() if line[0:1] == '|' and f'`{name}`' in line)
    mapping = get_mapping(name)
    assert f'| {len(mapping.rules)} of {mapping.target.num_keypoints} |' in row
