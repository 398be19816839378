"""Pictures found, missed and written."""

import errno

import numpy as np
import pytest

cv2 = pytest.importorskip('cv2')

from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.visualization.pictures import PictureFolders, write_picture  # noqa: E402

PICTURE = np.full((20, 30, 3), 90, np.uint8)


def test_beside_the_annotations_or_in_images(tmp_path):
    (tmp_path / 'images').mkdir()
    write_picture(tmp_path / 'a.png', PICTURE)
    write_picture(tmp_path / 'images' / 'b.png', PICTURE)
    folders = PictureFolders.beside(tmp_path / 'pairs.json')
    for name in ('a.png', 'b.png'):
        np.testing.assert_array_equal(folders.read(name), PICTURE)
    assert folders.summary(2) == '2 pictures'


def test_missing_ones_are_counted_and_named(tmp_path, capfd):
    folders = PictureFolders([tmp_path])
    for name in ('gone.png', None):
        assert folders.read(name) is None
    said = folders.summary(5)
    assert '5 pictures, 2 of them on a blank canvas' in said
    assert str(tmp_path) in said and 'gone.png' in said


@pytest.mark.parametrize('keep', [0, 0.6])
def test_damaged_ones_are_told_apart_from_missing_ones(tmp_path, keep, capfd):
    noise = np.random.default_rng(0).integers(0, 255, (60, 80, 3), dtype=np.uint8)
    write_picture(tmp_path / 'cut.jpg', noise)
    content = (tmp_path / 'cut.jpg').read_bytes()
    (tmp_path / 'cut.jpg').write_bytes(content[: int(len(content) * keep)])
    folders = PictureFolders([tmp_path])
    assert folders.read('cut.jpg') is None and folders.read('gone.jpg') is None
    said = folders.summary(5)
    assert said.startswith('5 pictures, 2 of them on a blank canvas: 1 not found in')
    assert f'1 cannot be read, the first is {tmp_path / "cut.jpg"}: ' in said
    assert capfd.readouterr() == ('', '')


def test_what_cannot_be_written(tmp_path):
    for name in ('no_folder/a.png', 'a.format'):
        with pytest.raises(LandmarkError, match='cannot be written'):
            write_picture(tmp_path / name, PICTURE)


def test_a_full_disk_leaves_the_old_picture_alone(tmp_path, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, 'No space left on device')

    write_picture(tmp_path / 'a.png', PICTURE)
    monkeypatch.setattr('os.fsync', full)
    with pytest.raises(LandmarkError, match=r'a\.png: cannot be written: No space left'):
        write_picture(tmp_path / 'a.png', PICTURE // 2)
    np.testing.assert_array_equal(cv2.imread(str(tmp_path / 'a.png')), PICTURE)
    assert [path.name for path in tmp_path.iterdir()] == ['a.png']
