"""One folder is written to, under plain names."""

import pytest

from mmlandmark.errors import LandmarkError
from mmlandmark.viewer.output import FileExists, OutputFolder


@pytest.mark.parametrize(
    'name',
    [
        '../a.json',
        '/a.json',
        'b/a.json',
        'b\\a.json',
        '.json',
        '.a.json',
        'a.py',
        'a.json\n',
        '',
        'a\ud800.json',
    ],
)
def test_names_that_lead_elsewhere_are_refused(tmp_path, name):
    with pytest.raises(LandmarkError, match='expected a plain file name'):
        OutputFolder(tmp_path).path(name, overwrite=True)


def test_a_file_is_replaced_only_when_confirmed(tmp_path):
    folder = OutputFolder(tmp_path)
    assert folder.path('a b.json', overwrite=False) == tmp_path / 'a b.json'
    (tmp_path / 'a.json').write_text('{}')
    with pytest.raises(FileExists, match='exists already'):
        folder.path('a.json', overwrite=False)
    assert folder.path('a.json', overwrite=True) == tmp_path / 'a.json'


def test_what_is_being_viewed_is_never_replaced(tmp_path):
    (tmp_path / 'in.json').write_text('{}')
    (tmp_path / 'link.json').symlink_to(tmp_path / 'in.json')
    folder = OutputFolder(tmp_path, [tmp_path / 'in.json'])
    for name in ('in.json', 'link.json'):
        with pytest.raises(LandmarkError, match='files being viewed'):
            folder.path(name, overwrite=True)


def test_no_folder(tmp_path):
    with pytest.raises(LandmarkError, match='no such folder'):
        OutputFolder(tmp_path / 'none')


def test_a_name_that_no_disk_takes(tmp_path):
    with pytest.raises(LandmarkError, match='too long'):
        OutputFolder(tmp_path).path('é' * 190 + '.json', overwrite=False)
