import shutil
from dataclasses import replace

import numpy as np
import pytest

from mmlandmark.annotations.channel_pictures import ChannelPictures
from mmlandmark.annotations.channel_split import same_pictures, split_pictures
from mmlandmark.errors import LandmarkError

FILES = [f'images/{number}.png' for number in range(20)]


@pytest.fixture
def pictures(tmp_path):
    (tmp_path / 'images').mkdir()
    for number, file in enumerate(FILES):
        (tmp_path / file).write_bytes(b'%02d' % number)  # all of one length
    return pictures_of(FILES)


def pictures_of(files):
    none = np.zeros(0, dtype=np.int64)
    return ChannelPictures.from_points(
        ('corner',), files, np.ones((len(files), 2)), none, np.zeros((0, 2)), none, name='x.json'
    )


def parts(pictures, root, **options):
    return {
        part: {pictures.files[i] for i in split_pictures(pictures, part, root, **options)}
        for part in ('train', 'val')
    }


def test_the_parts_hold_every_picture_once(pictures, tmp_path):
    split = parts(pictures, tmp_path, val_fraction=0.25)
    assert split['train'] | split['val'] == set(FILES) and not split['train'] & split['val']
    assert len(split['val']) == 5
    assert split == parts(pictures, tmp_path, val_fraction=0.25)
    assert split != parts(pictures, tmp_path, val_fraction=0.25, seed=1)


def test_a_split_by_seed_depends_neither_on_order_nor_on_the_folder(pictures, tmp_path):
    moved = tmp_path / 'elsewhere'
    shutil.copytree(tmp_path / 'images', moved / 'images')
    mixed = pictures_of([f'./{file}' for file in reversed(FILES)])
    there = parts(mixed, moved)
    here = parts(pictures, tmp_path)
    assert {p: {f.removeprefix('./') for f in files} for p, files in there.items()} == here


def test_files_of_the_same_content_stay_together(pictures, tmp_path):
    for number in range(1, 20, 2):  # ten pictures, each under two names
        shutil.copy(tmp_path / FILES[number - 1], tmp_path / FILES[number])
    same = same_pictures(pictures, tmp_path)
    assert len(set(same)) == 10 and same[0] == same[1] == FILES[0]
    for seed in range(5):
        for files in parts(pictures, tmp_path, val_fraction=0.4, seed=seed).values():
            numbers = {FILES.index(file) for file in files}
            assert {number ^ 1 for number in numbers} == numbers


def test_a_list_names_the_pictures_for_validation(pictures, tmp_path):
    listed = tmp_path / 'val.txt'
    listed.write_text('images/3.png\n\n./images/7.png \n')
    split = parts(pictures, tmp_path, files=listed)
    assert split['val'] == {'images/3.png', 'images/7.png'}
    assert split['train'] == set(FILES) - split['val']


def test_two_lists_may_leave_pictures_out(pictures, tmp_path):
    files = {'train': tmp_path / 'train.txt', 'val': tmp_path / 'val.txt'}
    files['train'].write_text('\n'.join(FILES[:5]))
    files['val'].write_text('\n'.join(FILES[5:8]))
    split = parts(pictures, tmp_path, files=files)
    assert split == {'train': set(FILES[:5]), 'val': set(FILES[5:8])}
    files['val'].write_text('\n'.join(FILES[4:8]))
    with pytest.raises(
        LandmarkError, match=r'entry 4 \(images/4.png\): is in the training part and'
    ):
        split_pictures(pictures, 'val', tmp_path, files=files)


def test_a_picture_that_is_in_both_parts_under_two_names_is_an_error(pictures, tmp_path):
    shutil.copy(tmp_path / FILES[3], tmp_path / FILES[9])
    (tmp_path / 'val.txt').write_text('images/3.png')
    with pytest.raises(LandmarkError) as error:
        split_pictures(pictures, 'train', tmp_path, files=tmp_path / 'val.txt')
    assert str(error.value) == (
        'x.json: entry 9 (images/9.png): is in the training part and, as the same picture '
        'images/3.png, in the validation part; expected it in one of them'
    )


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('images/33.png', r'line 1: images/33.png: no such picture in x.json \(did you mean'),
        ('', "part 'val' of the split is empty"),
    ],
)
def test_a_wrong_list_is_named(pictures, tmp_path, text, message):
    (tmp_path / 'val.txt').write_text(text)
    with pytest.raises(LandmarkError, match=message):
        split_pictures(pictures, 'val', tmp_path, files=tmp_path / 'val.txt')


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'part': 'vall'}, r"split is 'vall' \(did you mean 'val'\?\)"),
        ({'val_fraction': 1}, 'val_fraction is 1; expected between 0 and 1'),
        ({'val_fraction': 0.01}, "x.json: part 'val' of the split is empty: 20 groups"),
        ({'files': 'absent.txt'}, 'absent.txt: cannot be read'),
        ({'files': {'val': 'v.txt'}}, "split_file has .'val'.; expected train and val"),
    ],
)
def test_wrong_options_are_refused(pictures, tmp_path, options, message):
    options = {'part': 'val', **options}
    with pytest.raises(LandmarkError, match=message):
        split_pictures(pictures, root=tmp_path, **options)


def test_a_missing_picture_is_named(pictures, tmp_path):
    absent = replace(pictures, files=['images/z.png', *FILES[1:]])
    with pytest.raises(LandmarkError, match=r'x.json: entry 0 \(images/z.png\): cannot be read'):
        split_pictures(absent, 'val', tmp_path)
