import errno
import json
import os
import stat

import numpy as np
import pytest

from mmlandmark.annotations import writer
from mmlandmark.annotations.writer import write_json
from mmlandmark.errors import LandmarkError


def test_a_file_is_written_as_strict_json(tmp_path):
    path = tmp_path / 'x.json'
    write_json(path, {'a': [1, 2.5], 'b': np.arange(3)})
    assert json.loads(path.read_text()) == {'a': [1, 2.5], 'b': [0, 1, 2]}
    assert stat.S_IMODE(path.stat().st_mode) & 0o600 == 0o600
    assert os.listdir(tmp_path) == ['x.json']


def test_an_existing_file_is_kept_without_overwrite(tmp_path):
    path = tmp_path / 'x.json'
    path.write_text('old')
    with pytest.raises(LandmarkError, match='x.json: exists'):
        write_json(path, {})
    assert path.read_text() == 'old'
    write_json(path, {}, overwrite=True)
    assert path.read_text() == '{}'


def test_a_folder_that_is_read_only_is_seen_before_any_work(tmp_path, monkeypatch):
    monkeypatch.setattr(writer.os, 'access', lambda path, mode: mode != os.W_OK)
    with pytest.raises(LandmarkError, match=f'x.json: the folder {tmp_path} cannot be written to'):
        writer.check_output(tmp_path / 'x.json')


@pytest.mark.parametrize('step', ['fsync', 'replace'])
def test_a_full_disk_leaves_the_old_file_and_no_other(tmp_path, monkeypatch, step):
    path = tmp_path / 'x.json'
    path.write_text('old')

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(writer.os, step, full)
    with pytest.raises(LandmarkError, match='x.json: cannot be written: No space left'):
        write_json(path, {'a': 1}, overwrite=True)
    assert path.read_text() == 'old'
    assert os.listdir(tmp_path) == ['x.json']


def test_what_is_not_json_leaves_no_file(tmp_path):
    with pytest.raises(LandmarkError, match='cannot be written as JSON'):
        write_json(tmp_path / 'x.json', {'a': object()})
    assert os.listdir(tmp_path) == []


def test_a_folder_and_a_missing_folder_are_refused(tmp_path):
    with pytest.raises(LandmarkError, match='is a folder'):
        write_json(tmp_path, {}, overwrite=True)
    with pytest.raises(LandmarkError, match='does not exist'):
        write_json(tmp_path / 'none' / 'x.json', {})
