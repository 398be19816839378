"""Pictures from paths, folders, videos and arrays, in order and by name."""

import cv2
import numpy as np
import pytest

pytest.importorskip('mmpose')
from apis.tiny_faces import make_picture, write_pictures
from mmlandmark.apis.picture_sources import PictureSource
from mmlandmark.errors import LandmarkError


def names(inputs):
    return [item.name for item in PictureSource(inputs)]


def test_folders_are_read_with_all_below_by_name(tmp_path):
    (tmp_path / 'sub').mkdir()
    write_pictures(tmp_path / 'sub', 2)
    write_pictures(tmp_path, 1)
    cv2.imwrite(str(tmp_path / 'LOUD.JPG'), make_picture())
    (tmp_path / 'notes.txt').write_text('x')
    source = PictureSource(tmp_path)
    assert [item.name for item in source] == [
        'LOUD.JPG',
        'dog0.png',
        'sub/dog0.png',
        'sub/dog1.png',
    ]
    assert source.left_aside == [tmp_path / 'notes.txt']
    assert source.reads(tmp_path / 'sub' / '..' / 'dog0.png')
    assert not source.reads(tmp_path / 'dog9.png')
    assert not source.is_single


def test_files_of_several_folders_keep_names_of_their_own(tmp_path):
    folders = [tmp_path / 'one', tmp_path / 'two']
    for folder in folders:
        folder.mkdir()
        write_pictures(folder, 1)
    assert names(folders) == [f'{folder.as_posix()}/dog0.png' for folder in folders]
    assert names(folders[:1]) == names(folders[0]) == ['dog0.png']


def test_lists_may_mix_paths_and_arrays(tmp_path):
    (path,) = write_pictures(tmp_path, 1)
    batch = np.stack([make_picture(), make_picture()])
    assert names([path, make_picture(), batch]) == [str(path), 'array 0', 'array 1', 'array 2']
    assert PictureSource(path).is_single
    assert PictureSource(make_picture()).is_single
    assert not PictureSource(batch).is_single


def test_arrays_become_three_channels():
    picture = make_picture()
    grey, alpha = picture[..., 0], np.dstack([picture, picture[..., :1]])
    for array, expected in (
        (grey, np.dstack([grey] * 3)),
        (grey[..., None], np.dstack([grey] * 3)),
        (alpha, picture),
        (picture, picture),
    ):
        (item,) = PictureSource(array)
        np.testing.assert_array_equal(item.picture, expected)


@pytest.mark.parametrize(
    'array',
    [np.zeros((5, 5, 3)), np.zeros((5, 5, 2), np.uint8), np.zeros(5, np.uint8)],
    ids=['floats', 'two channels', 'a row'],
)
def test_other_arrays_are_told(array):
    with pytest.raises(LandmarkError, match=r'^array 0: .*expected \(H, W, 3\) uint8'):
        list(PictureSource(array))


def test_arrays_without_pixels_are_told():
    with pytest.raises(LandmarkError, match='no pixels'):
        list(PictureSource(np.zeros((0, 5, 3), np.uint8)))


def test_inputs_that_are_no_pictures(tmp_path):
    (tmp_path / 'notes.txt').write_text('x')
    for inputs, words in (
        (tmp_path / 'absent.png', 'no such picture'),
        (tmp_path / 'notes.txt', "type '.txt' are not known; expected one of .jpg"),
        (tmp_path, r'no pictures in this folder \(1 files of other types\)'),
        ([], 'no pictures were given'),
        ([3], 'int is no picture'),
        (3, 'int is no picture'),
        (None, 'NoneType is no picture'),
        (np.zeros((0, 5, 5, 3), np.uint8), 'no pictures were given'),
    ):
        with pytest.raises(LandmarkError, match=words):
            PictureSource(inputs)


def test_videos_that_cannot_be_read_or_end_early_say_so(tmp_path, monkeypatch):
    path = tmp_path / 'clip.avi'
    path.write_bytes(b'no video')
    (item,) = PictureSource(path)
    assert item.picture is None
    assert 'no frame of this video can be read' in item.problem
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'MJPG'), 10, (120, 90))
    for number in range(9):
        writer.write(make_picture(seed=number))
    writer.release()
    assert len(list(PictureSource(path))) == 9
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    *frames, last = PictureSource(path)
    assert 0 < len(frames) < 9
    assert f'{len(frames)} of ' in last.problem
