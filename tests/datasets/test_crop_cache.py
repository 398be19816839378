"""Cached regions are those of the files as they are now."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmlandmark.datasets import crop_cache  # noqa: E402
from mmlandmark.datasets.crop_cache import CropCache  # noqa: E402
from mmlandmark.datasets.picture_parts import PicturePart  # noqa: E402
from mmlandmark.errors import LandmarkError  # noqa: E402

from .jpeg_files import smooth_picture  # noqa: E402

LOW, HIGH = np.array([1.2, 2.0]), np.array([30.5, 20.0])


@pytest.fixture
def picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(crop_cache, 'FRESH', 0.0)
    path = tmp_path / 'picture.jpg'
    path.write_bytes(b'a picture')
    return str(path)


@pytest.fixture
def part() -> PicturePart:
    return PicturePart(smooth_picture(60, 40), (403, 299), 4, (-3.375, 1.125))


def same(one: PicturePart, other: PicturePart) -> bool:
    return (one.size, one.factor, one.shift) == (other.size, other.factor, other.shift)


def test_a_part_is_found_as_it_was(tmp_path: Path, picture: str, part: PicturePart):
    cache = CropCache(tmp_path / 'crops')
    mark = cache.file_mark(picture)
    key = cache.key(mark, LOW, HIGH, 4)
    assert cache.get(key) is None
    assert cache.put(key, part, picture, mark) is part
    found = cache.get(key)
    assert same(found, part) and np.array_equal(found.pixels, part.pixels)
    assert cache.counts == {'made': 1, 'found': 1}


def test_a_coded_part_is_small_and_the_same_each_time(
    tmp_path: Path, picture: str, part: PicturePart
):
    cache = CropCache(tmp_path / 'crops', quality=90)
    mark = cache.file_mark(picture)
    key = cache.key(mark, LOW, HIGH, 4)
    given = cache.put(key, part, picture, mark)
    found = cache.get(key)
    assert same(given, part) and np.array_equal(found.pixels, given.pixels)
    assert 0 < np.abs(given.pixels.astype(int) - part.pixels).mean() < 3
    assert cache.store.size() < part.pixels.size / 4


def test_the_key_tells_files_rectangles_and_settings_apart(tmp_path: Path):
    cache = CropCache(tmp_path)
    keys = [
        cache.key('1', LOW, HIGH, 4),
        cache.key('2', LOW, HIGH, 4),
        cache.key('1', LOW, HIGH, 2),
        cache.key('1', LOW - 1, HIGH, 4),
        cache.key('1', LOW, HIGH + 1, 4),
        CropCache(tmp_path, quality=90).key('1', LOW, HIGH, 4),
    ]
    assert len(set(keys)) == len(keys)
    assert keys[0] == cache.key('1', LOW + 0.1, HIGH - 0.1, 4)  # the same whole pixels


@pytest.mark.parametrize('change', ['content', 'content, same times', 'replaced', 'linked'])
def test_every_change_of_a_file_is_seen(change: str, tmp_path: Path, picture: str):
    cache, path = CropCache(tmp_path / 'crops'), Path(picture)
    stat = path.stat()
    os.utime(path, ns=(0, 0))
    before = cache.file_mark(picture)
    assert cache.file_mark(picture) == before
    if change == 'replaced':
        other = tmp_path / 'other.jpg'
        other.write_bytes(b'A PICTURE')
        os.utime(other, ns=(0, 0))
        other.replace(path)
    elif change == 'linked':
        other = tmp_path / 'other.jpg'
        other.write_bytes(b'A PICTURE')
        path.unlink()
        path.symlink_to(other)
    else:
        path.write_bytes(b'A PICTURE')  # as long as before
        if 'times' in change:
            os.utime(path, ns=(0, 0))
    assert path.stat().st_size == stat.st_size
    assert cache.file_mark(picture) != before


def test_what_changed_a_moment_ago_or_while_it_was_read_is_not_kept(
    tmp_path: Path, picture: str, part: PicturePart, monkeypatch: pytest.MonkeyPatch
):
    cache = CropCache(tmp_path / 'crops')
    mark = cache.file_mark(picture)
    key = cache.key(mark, LOW, HIGH, 4)
    cache.put(key, part, picture, 'another mark')
    assert cache.get(key) is None
    monkeypatch.setattr(crop_cache, 'FRESH', 60.0)
    cache.put(key, part, picture, mark)
    assert cache.get(key) is None and cache.counts['fresh'] == 1


def test_a_picture_that_goes_by_its_content_is_kept_whatever_lies_at_its_path(
    tmp_path: Path, part: PicturePart
):
    cache = CropCache(tmp_path)
    key = cache.key(cache.content_mark(b'a picture'), LOW, HIGH, 4)
    cache.put(key, part, None, cache.content_mark(b'a picture'))
    assert same(cache.get(key), part)


@pytest.mark.parametrize('damage', ['cut', 'bit', 'empty', 'other key', 'header'])
def test_damaged_entries_are_told_and_made_anew(
    damage: str, tmp_path: Path, picture: str, part: PicturePart, told
):
    cache = CropCache(tmp_path / 'crops')
    mark = cache.file_mark(picture)
    key = cache.key(mark, LOW, HIGH, 4)
    cache.put(key, part, picture, mark)
    path = cache.store._path(key)
    content = bytearray(path.read_bytes())
    if damage == 'other key':
        other = cache.key(mark, LOW, HIGH, 8)
        cache.put(other, part, picture, mark)
        content = bytearray(cache.store._path(other).read_bytes())
    elif damage in ('bit', 'header'):
        content[-5 if damage == 'bit' else 45] ^= 1
    else:
        del content[0 if damage == 'empty' else -1 :]
    path.write_bytes(content)
    assert cache.get(key) is None
    assert cache.counts['made anew'] == 1
    assert 'damaged and is made anew; 1 so far' in told()
    cache.put(key, part, picture, mark)
    assert same(cache.get(key), part)


@pytest.mark.parametrize(
    'options, message',
    [
        (dict(quality=0), 'quality is 0; expected None or 1 to 100'),
        (dict(quality=True), 'quality is True'),
        (dict(max_gb='10'), "max_gb is '10'; expected a number above 0"),
        (dict(max_gb=0), 'expected bytes above 0'),
    ],
)
def test_options_that_make_no_sense_are_one_line(options: dict, message: str, tmp_path: Path):
    with pytest.raises(LandmarkError, match=message):
        CropCache(tmp_path, **options)
