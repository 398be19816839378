"""Folders are looked at before the work, and made with those above them."""

import pytest

from mmlandmark.annotations.output_folder import check_output_folder, make_folder
from mmlandmark.errors import LandmarkError


def test_a_new_folder_is_not_made_by_looking(tmp_path):
    folder = tmp_path / 'a' / 'b'
    assert check_output_folder(str(folder), ['x.json']) == folder
    assert not (tmp_path / 'a').exists()
    assert make_folder(folder).is_dir() and make_folder(folder).is_dir()


def test_files_that_are_there_need_overwrite(tmp_path):
    (tmp_path / 'x.json').touch()
    check_output_folder(tmp_path, ['y.json'])
    for names, words in ((['y.json', 'x.json'], r'x\.json: exists'), (None, 'is not empty')):
        with pytest.raises(LandmarkError, match=words):
            check_output_folder(tmp_path, names)
        check_output_folder(tmp_path, names, overwrite=True)


def test_a_file_in_the_way(tmp_path):
    (tmp_path / 'file').touch()
    for name in ('file', 'file/out/deep'):
        with pytest.raises(LandmarkError, match='is a file; expected a folder'):
            check_output_folder(tmp_path / name)
        with pytest.raises(LandmarkError, match='cannot be made'):
            make_folder(tmp_path / name)


def test_a_folder_that_refuses(tmp_path, monkeypatch):
    monkeypatch.setattr('os.access', lambda *_: False)
    with pytest.raises(LandmarkError, match=r'out/deep: the folder .* cannot be written to'):
        check_output_folder(tmp_path / 'out' / 'deep')
    with pytest.raises(LandmarkError, match='cannot be written to'):
        check_output_folder(tmp_path)
