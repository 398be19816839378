"""JSON files are read strictly and written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import files
from mmlandmark.schemas.files import read_json_object, write_json_object


def test_what_is_written_is_read(tmp_path: Path) -> None:
    content = {'name': 'ä', 'weights': [0.1, 1 / 3], 'none': None}
    write_json_object(tmp_path / 'x.json', content)
    assert read_json_object(tmp_path / 'x.json') == content


def test_a_failed_write_leaves_the_old_file_alone(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / 'x.json'
    write_json_object(path, {'old': 1})
    with pytest.raises(LandmarkError, match='exists already'):
        write_json_object(path, {'new': 1})
    with pytest.raises(ValueError, match='JSON compliant'):
        write_json_object(path, {'new': float('nan')}, overwrite=True)

    def full(*arguments: object) -> None:
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(files.os, 'replace', full)
    with pytest.raises(OSError, match='No space'):
        write_json_object(path, {'new': 1}, overwrite=True)
    assert read_json_object(path) == {'old': 1}
    assert [p.name for p in tmp_path.iterdir()] == ['x.json']


@pytest.mark.parametrize(
    ('text', 'words'),
    [('', 'cannot be read'), ('{"a": 1', 'cannot be read'), ('[]', 'found list'), ('NaN', 'NaN')],
)
def test_anything_but_an_object_is_named(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / 'x.json').write_text(text)
    with pytest.raises(LandmarkError, match=f'x.json: .*{words}'):
        read_json_object(tmp_path / 'x.json')
    with pytest.raises(LandmarkError, match='absent.json: cannot be read'):
        read_json_object(tmp_path / 'absent.json')


def test_a_written_file_has_the_rights_of_any_new_file(tmp_path) -> None:
    (tmp_path / 'any').touch()
    write_json_object(tmp_path / 'x.json', {})
    assert (tmp_path / 'x.json').stat().st_mode == (tmp_path / 'any').stat().st_mode
