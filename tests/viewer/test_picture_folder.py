"""Pictures below one folder, and nothing else."""

import cv2
import numpy as np
import pytest
from PIL import Image

from mmlandmark.errors import LandmarkError
from mmlandmark.viewer.picture_folder import PictureFolder


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / 'pictures'
    (folder / 'deep').mkdir(parents=True)
    picture = np.full((30, 40, 3), 9, dtype=np.uint8)
    for name in ('a.png', 'deep/b.jpg', 'c.tif', '../secret.png'):
        cv2.imwrite(str(folder / name), picture)
    return folder


def folder_of(root, *names):
    return PictureFolder(root, [{'file_name': name} for name in names])


def test_pictures_below_the_folder_are_given(root):
    folder = folder_of(root, 'a.png', 'deep/b.jpg', str(root / 'a.png'))
    assert [folder.content(i)[1] for i in range(3)] == ['image/png', 'image/jpeg', 'image/png']
    assert folder.size(1) == (40, 30)
    assert folder.content(0)[0] == (root / 'a.png').read_bytes()


@pytest.mark.parametrize('name', ['../secret.png', 'deep/../../secret.png', 'link.png', 'all/x'])
def test_what_lies_outside_is_refused(root, name):
    (root / 'link.png').symlink_to(root.parent / 'secret.png')
    (root / 'all').symlink_to(root.parent)
    folder = folder_of(root, name, str(root.parent / 'secret.png'))
    for index in range(2):
        for ask in (folder.content, folder.size, lambda i: folder.thumbnail(i, 48)):
            with pytest.raises(LandmarkError, match='outside the picture folder'):
                ask(index)


@pytest.mark.parametrize('name', [None, '', 3, 'a\0b.png', 'none.png', 'deep', 'x' * 300])
def test_what_is_no_file_is_one_line(root, name):
    with pytest.raises(LandmarkError, match='has no file_name|not found in|too long') as caught:
        folder_of(root, name).content(0)
    assert '\n' not in str(caught.value)


def test_only_pictures_are_given_whatever_they_are_called(root):
    (root / 'page.png').write_text('<svg onload="alert(1)"/>')
    folder = folder_of(root, 'page.png', 'c.tif')
    with pytest.raises(LandmarkError, match='not a picture'):
        folder.content(0)
    with pytest.raises(LandmarkError, match='page.png: not a picture'):
        folder.thumbnail(0, 48)
    content, kind = folder.content(1)  # no browser shows it, so it is made PNG
    assert kind == 'image/png' and content.startswith(b'\x89PNG')


def test_thumbnails_are_small_and_upright(root):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned
    Image.new('RGB', (400, 200)).save(root / 'turned.jpg', exif=exif)
    folder = folder_of(root, 'turned.jpg')
    small = cv2.imdecode(np.frombuffer(folder.thumbnail(0, 48), dtype=np.uint8), 1)
    assert small.shape == (48, 24, 3) and folder.size(0) == (200, 400)
