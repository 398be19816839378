import os

import cv2
import numpy as np
import pytest
from raw_faces import write_picture
from raw_hands import (
    BOXES,
    COLOUR,
    HEIGHT,
    LISTS,
    NAMES,
    WIDTH,
    hand_points,
    hand_release,
    landmark_content,
    landmark_file,
    write_landmarks,
    write_list,
)

from mmlandmark.annotations.ouhands import NO_BOX_FILE, WITHOUT_DEPTH, read_ouhands
from mmlandmark.annotations.ouhands_layout import SPLITS, STRAY
from mmlandmark.annotations.ouhands_pictures import LISTED_TWICE, NOT_LISTED
from mmlandmark.annotations.release_problems import OTHER_SIZE
from mmlandmark.errors import LandmarkError


@pytest.fixture
def root(tmp_path):
    return hand_release(tmp_path / 'set')


@pytest.mark.parametrize('split', SPLITS)
def test_a_split_is_what_its_list_says(root, split):
    hands = read_ouhands(root, split)
    assert [os.path.basename(name) for name in hands.pictures] == list(NAMES[split])
    assert hands.gestures == [name[0] for name in NAMES[split]]
    for row, (picture, file) in enumerate(zip(hands.pictures, hands.files, strict=True)):
        assert (root / picture).is_file() and (root / file).is_file()
        assert np.array_equal(hands.landmarks[row], hand_points(row))
        assert np.allclose(hands.points[row], hand_points(row)[:, :2] * [WIDTH, HEIGHT])
    assert hands.boxes.tolist() == [[10, 8, 54, 43]] * len(hands)
    assert hands.handedness == ['left'] * len(hands) and set(hands.scores) == {0.75}
    assert hands.defects == hands.notes == []
    assert f'OUHANDS {split} in {root}: {len(hands)} hands' in hands.summary()[0]


def broken(**other):
    def spoil(root):
        path = landmark_file(root, 'train', 'B-abc-0003.png')
        write_landmarks(path, landmark_content(hand_points(0), **other))

    return spoil


def entry(name):
    return lambda root: write_list(root, 'train', (*NAMES['train'], name))


def truncate(root):
    path = root / COLOUR / 'B-abc-0003.png'
    path.write_bytes(path.read_bytes()[:2000])


DEFECTS = {
    'points': (broken(landmarks=[]), 'B-abc-0003_landmarks.json: unreadable label: has 0 points'),
    'shape': (broken(image_shape='big'), "B-abc-0003_landmarks.json: .*'image_shape' is 'big'"),
    'entry': (entry('A-gone.png'), 'colour/A-gone.png: list entry without picture'),
    'path': (entry('A-/../../x.png'), 'colour/A-/../../x.png: unknown gesture class'),
    'class': (entry('G-abc-0001.png'), 'colour/G-abc-0001.png: unknown gesture class: expected a'),
    'stem': (entry('A-abc-0001.jpg'), 'A-abc-0001.jpg: more than one picture: beside A-abc-0001'),
    'picture': (truncate, 'colour/B-abc-0003.png: unreadable picture: damaged or truncated'),
    'box': (
        lambda root: (root / BOXES / 'B-abc-0003.txt').write_text('1\n1 2'),
        'bounding_box/B-abc-0003.txt: unreadable box: holds',
    ),
}


@pytest.mark.parametrize('kind', DEFECTS)
def test_a_defect_is_an_error_that_names_the_file_or_a_counted_skip(root, kind):
    spoil, message = DEFECTS[kind]
    spoil(root)
    with pytest.raises(LandmarkError, match=message):
        read_ouhands(root, 'train')
    hands = read_ouhands(root, 'train', skip_defects=True)
    (problem,) = hands.defects
    left = 4 if kind in ('entry', 'path', 'class', 'stem', 'box') else 3
    assert len(hands) == left
    assert any(str(problem) in line for line in hands.summary())
    assert np.isnan(hands.boxes).all(axis=1).sum() == (kind == 'box')
    total = hands.rows()[-1]
    unusable = kind in ('points', 'shape', 'picture', 'entry')
    assert total['pictures'] == total['hands'] + total['without landmarks'] + total['left out']
    assert total['left out'] == unusable


def test_a_picture_of_train_is_no_picture_of_validation(root):
    write_list(root, 'validation', (*NAMES['validation'], 'A-abc-0001.png'))
    with pytest.raises(LandmarkError, match='in train as well: A-abc-0001.png'):
        read_ouhands(root, 'validation')
    assert len(read_ouhands(root, 'validation', skip_defects=True)) == 2
    assert len(read_ouhands(root, 'train')) == 4


def test_what_does_no_harm_is_noted(root):
    (root / COLOUR / 'Thumbs.db').write_bytes(b'')
    (root / COLOUR / '.hidden').write_bytes(b'')
    (root / 'landmarks/train/notes.txt').write_text('')
    write_picture(root / COLOUR / 'F-new-0001.png')
    write_list(root, 'train', (*NAMES['train'], NAMES['train'][0]))
    (root / BOXES / 'K-xyz-0004.txt').unlink()
    flat = landmark_content(hand_points(1), image_shape=[480, 640, 3])
    for point in flat['landmarks']:
        del point['z']
    write_landmarks(landmark_file(root, 'train', 'A-abc-0002.png'), flat)
    hands = read_ouhands(root, 'train')
    assert {(os.path.basename(note.file), note.reason) for note in hands.notes} == {
        ('Thumbs.db', STRAY),
        ('notes.txt', STRAY),
        ('F-new-0001.png', NOT_LISTED),
        ('training_files.txt', LISTED_TWICE),
        ('K-xyz-0004.txt', NO_BOX_FILE),
        ('A-abc-0002_landmarks.json', WITHOUT_DEPTH),
        ('A-abc-0002_landmarks.json', OTHER_SIZE),
    }
    assert len(hands) == 4 and hands.defects == []
    assert hands.has_depth.tolist() == [True, False, True, True]
    assert np.allclose(hands.points[1], hand_points(1)[:, :2] * [WIDTH, HEIGHT])
    assert 'noted: 2 x stray file, the first is ' in '\n'.join(hands.summary())


@pytest.mark.parametrize('channels', ['grey', 'alpha'])
def test_grey_and_transparent_pictures_are_pictures(root, channels):
    shape = (HEIGHT, WIDTH) if channels == 'grey' else (HEIGHT, WIDTH, 4)
    path = root / COLOUR / 'B-abc-0003.png'
    assert cv2.imwrite(str(path), np.full(shape, 90, dtype=np.uint8))
    assert read_ouhands(root, 'train').sizes.tolist() == [[WIDTH, HEIGHT]] * 4


def test_pictures_are_only_decoded_where_asked_for(root):
    path = root / COLOUR / 'B-abc-0003.png'
    content = cv2.imencode('.jpg', cv2.imread(str(path)))[1].tobytes()
    path.write_bytes(content[:-600])
    with pytest.raises(LandmarkError, match='unreadable picture'):
        read_ouhands(root, 'train')
    assert len(read_ouhands(root, 'train', check_pictures=False)) == 4


@pytest.mark.parametrize(
    ('spoil', 'message'),
    [
        (lambda root: write_list(root, 'train', ()), 'the list of train is empty'),
        (lambda root: (root / LISTS / 'training_files.txt').unlink(), 'cannot be read'),
        (lambda root: (root / COLOUR).rename(root / 'gone'), 'colour: no such folder'),
        (
            lambda root: (root / 'landmarks').rename(root / 'gone'),
            'landmarks/train: no such folder; expected NAME_landmarks.json, such as extract_',
        ),
        (
            lambda root: [landmark_file(root, 'train', name).unlink() for name in NAMES['train']],
            'no hand of train that can be used; 4 pictures, 0 with a landmark file, 0 defects',
        ),
    ],
)
def test_a_split_without_hands_is_an_error(root, spoil, message):
    spoil(root)
    for skip in (False, True):
        with pytest.raises(LandmarkError, match=message):
            read_ouhands(root, 'train', skip_defects=skip)


def test_an_empty_test_and_a_missing_root_are_errors(root, tmp_path):
    for path in (root / 'OUHANDS_test/test/hand_data/colour').iterdir():
        path.unlink()
    with pytest.raises(LandmarkError, match='the split test is empty'):
        read_ouhands(root, 'test')
    with pytest.raises(LandmarkError, match='none: no such folder; expected OUHANDS_train'):
        read_ouhands(tmp_path / 'none', 'train')


def test_real_pictures(shared_data):
    counts = {}
    for split in SPLITS:
        hands = read_ouhands(shared_data / 'ouhands_layout', split, check_pictures=False)
        counts[split] = len(hands)
        assert hands.defects == hands.notes == []
        low, high = hands.boxes[:, None, :2] - 5, hands.boxes[:, None, 2:] + 5
        assert ((hands.points > low) & (hands.points < high)).mean() > 0.98
    assert counts == {'train': 1032, 'validation': 209, 'test': 289}
