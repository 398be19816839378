"""Every example of docs/schemas.md runs, in the order of the page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from doc_blocks import Page

from mmlandmark.schemas import get_mapping, get_schema, list_mappings, list_schemas

PAGE = Page('docs/schemas.md')
FILE = re.compile(r'^(?:#|//) file: (\S+)\n(.*)', re.DOTALL)


@pytest.fixture
def guide() -> str:
    return PAGE.whole


def test_every_example_runs(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert len(PAGE.blocks) == 6
    for block in PAGE.blocks:
        if found := FILE.match(block.text):
            block.take()
            Path(found[1]).write_text(found[2], encoding='utf-8')
        else:
            block.run()


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
