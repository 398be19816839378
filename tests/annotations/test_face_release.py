import json
import time

import numpy as np
import pytest
from raw_faces import cat_release, dog_release, face_points, write_label, write_picture

from mmlandmark.annotations import face_pictures
from mmlandmark.annotations.face_release import read_face_release
from mmlandmark.annotations.size_files import read_sizes
from mmlandmark.errors import LandmarkError


@pytest.fixture
def dogs(tmp_path):
    return dog_release(tmp_path / 'DogFLW', breeds=2, shots=2)


def only_problem(raw):
    assert len(raw.problems) == 1
    return str(raw.problems[0])


def test_dogs_are_read_as_they_are(dogs):
    raw = read_face_release(dogs)
    assert raw.schema.name == 'dogflw46' and len(raw) == 6 and raw.problems == []
    assert raw.files[0] == 'train/labels/n02080000_0.json'
    assert raw.pictures[0] == 'train/images/n02080000_0.png'
    assert raw.parts == ['train'] * 4 + ['test'] * 2
    assert raw.stems[-1] == 'n02080001_2'
    np.testing.assert_array_equal(raw.points[0], face_points(0))
    np.testing.assert_array_equal(raw.boxes, np.tile([10, 5, 80, 60], (6, 1)))
    np.testing.assert_array_equal(raw.sizes, np.tile([96, 64], (6, 1)))
    assert raw.kept.all() and (raw.visible == 2).all()


def test_cats_are_flat_with_other_keys(tmp_path):
    raw = read_face_release(cat_release(tmp_path / 'CatFLW', subjects=2))
    assert raw.schema.name == 'catflw48' and set(raw.parts) == {''}
    assert raw.files[0] == 'labels/CAT_00_00000000_000.json'
    assert raw.pictures[0] == 'images/CAT_00_00000000_000.jpg'
    np.testing.assert_array_equal(raw.boxes[0], [10, 5.5, 80, 60])


def test_a_label_without_picture_is_not_kept(dogs):
    (dogs / 'train/images/n02080000_1.png').unlink()
    raw = read_face_release(dogs)
    assert only_problem(raw) == 'train/labels/n02080000_1.json: label without picture'
    assert raw.kept.tolist() == [True, False, True, True, True, True]
    assert raw.sizes[1].tolist() == [-1, -1]
    with pytest.raises(LandmarkError, match=r'n02080000_1\.json: label without picture$'):
        read_face_release(dogs, strict=True)


def test_a_picture_without_label_is_counted(dogs):
    write_picture(dogs / 'test/images/n02089999_0.PNG')
    raw = read_face_release(dogs)
    assert only_problem(raw) == 'test/images/n02089999_0.PNG: picture without label'
    assert len(raw) == 6 and raw.kept.all()
    with pytest.raises(LandmarkError, match='picture without label'):
        read_face_release(dogs, strict=True)


@pytest.mark.parametrize(
    ('damage', 'message'),
    [
        (lambda content: b'', 'unreadable picture: the file is empty'),
        (lambda content: b'text', 'unreadable picture: not a picture'),
        (lambda content: content[: len(content) // 2], 'unreadable picture: damaged or truncated'),
    ],
)
def test_a_damaged_picture_is_not_kept(dogs, damage, message):
    path = dogs / 'train/images/n02080001_0.png'
    path.write_bytes(damage(path.read_bytes()))
    raw = read_face_release(dogs)
    assert only_problem(raw).startswith(f'train/images/n02080001_0.png: {message}')
    assert str(dogs) not in only_problem(raw)
    assert raw.kept.sum() == 5 and not raw.kept[2]
    with pytest.raises(LandmarkError, match=message):
        read_face_release(dogs, strict=True)


def test_strict_does_not_wait_for_the_other_pictures(tmp_path, monkeypatch):
    dogs = dog_release(tmp_path / 'DogFLW', breeds=10, shots=9)
    asked = []

    def look(path, whole):
        asked.append(path)
        time.sleep(0.01)
        raise LandmarkError('damaged')

    monkeypatch.setattr(face_pictures, 'picture_size', look)
    with pytest.raises(LandmarkError, match='unreadable picture: damaged'):
        read_face_release(dogs, strict=True)
    assert len(asked) < 50


def test_a_second_picture_of_a_name_is_counted(dogs):
    write_picture(dogs / 'train/images/n02080000_0.jpg')
    assert only_problem(read_face_release(dogs)) == (
        'train/images/n02080000_0.png: more than one picture: beside '
        'train/images/n02080000_0.jpg, which is used'
    )


def test_another_number_of_points_names_both(dogs):
    write_label(dogs / 'train/labels/n02080000_0.json', face_points(0, 48))
    raw = read_face_release(dogs)
    assert only_problem(raw) == (
        'train/labels/n02080000_0.json: wrong number of points: 48; '
        "expected 46 of schema 'dogflw46'"
    )
    assert len(raw) == 5
    with pytest.raises(LandmarkError, match="48; expected 46 of schema 'dogflw46'"):
        read_face_release(dogs, strict=True)


def test_a_schema_that_no_label_fits_is_an_error(dogs):
    with pytest.raises(LandmarkError, match="6 problems.*46; expected 48 of schema 'catflw48'"):
        read_face_release(dogs, 'catflw48')


def test_an_unknown_number_of_points_is_an_error(tmp_path):
    write_label(tmp_path / 'labels/a_1.json', face_points(0, 49))
    with pytest.raises(LandmarkError) as error:
        read_face_release(tmp_path)
    assert str(error.value) == (
        'labels/a_1.json: has 49 points; expected 46 (dogflw46) or 48 (catflw48)'
    )


def test_an_unreadable_label_is_counted(dogs):
    (dogs / 'test/labels/n02080001_2.json').write_text('{"labels": [[1,')
    raw = read_face_release(dogs)
    assert only_problem(raw).startswith(
        'test/labels/n02080001_2.json: unreadable label: not JSON: '
    )
    assert len(raw) == 5


def test_a_face_without_any_point_is_not_kept(dogs):
    write_label(dogs / 'train/labels/n02080000_0.json', [None] * 46)
    raw = read_face_release(dogs)
    assert only_problem(raw) == 'train/labels/n02080000_0.json: no labelled point'
    assert not raw.kept[0] and not raw.visible[0].any() and raw.kept.sum() == 5


def test_labels_alone_take_sizes_from_a_file(tmp_path):
    root = dog_release(tmp_path / 'raw', breeds=1, shots=2, pictures=False)
    with pytest.raises(LandmarkError, match='no face that can be used; 3 problems.*unknown pic'):
        read_face_release(root)
    raw = read_face_release(root, sizes={'n02080000_0': (7, 9), 'n02080000_1': (8, 9)})
    assert raw.pictures == [None] * 3 and raw.kept.tolist() == [True, True, False]
    assert raw.sizes.tolist() == [[7, 9], [8, 9], [-1, -1]]
    assert only_problem(raw).startswith('test/labels/n02080000_2.json: unknown picture size')


def test_the_picture_is_right_where_a_size_file_differs(dogs):
    raw = read_face_release(dogs, sizes={'n02080000_0': (64, 96), 'n02080000_1': (96, 64)})
    assert only_problem(raw) == (
        'train/images/n02080000_0.png: picture size differs: (96, 64); the sizes file says (64, 96)'
    )
    assert raw.sizes[0].tolist() == [96, 64] and raw.kept.all()


def test_hidden_files_are_no_labels(dogs):
    (dogs / 'train/labels/._n02080000_0.json').write_bytes(b'\x00\x05')
    (dogs / 'train/images/._n02080000_0.png').write_bytes(b'\x00\x05')
    assert read_face_release(dogs, strict=True).problems == []


def test_wrong_folders_are_one_line(tmp_path, dogs):
    with pytest.raises(LandmarkError, match='none: no such folder'):
        read_face_release(tmp_path / 'none')
    with pytest.raises(LandmarkError, match=r'expected train/labels.*did you mean .*DogFLW\?'):
        read_face_release(tmp_path)
    with pytest.raises(LandmarkError, match='n02080000_0.png: is a file; expected the folder'):
        read_face_release(dogs / 'train/images/n02080000_0.png')
    (tmp_path / 'empty' / 'labels').mkdir(parents=True)
    with pytest.raises(LandmarkError, match='labels: no label file in it'):
        read_face_release(tmp_path / 'empty')
    (dogs / 'test' / 'labels').rename(dogs / 'test' / 'Labels2')
    with pytest.raises(LandmarkError, match='labels: no such folder'):
        read_face_release(dogs)


def test_the_release_as_it_is(shared_data):
    root = shared_data / 'dogflw_labels'
    raw = read_face_release(root, sizes=read_sizes(root.glob('*_image_sizes.json')), strict=True)
    labels = sorted((root / 'train' / 'labels').iterdir())
    assert raw.parts.count('train') == len(labels) == 3853 and raw.kept.all()
    for row in (0, 1234, 3852):
        content = json.loads(labels[row].read_text())
        assert raw.files[row].endswith(labels[row].name)
        np.testing.assert_array_equal(raw.points[row], content['labels'])
        np.testing.assert_array_equal(raw.boxes[row], [float(x) for x in content['bounding_boxes']])
    assert np.isnan(raw.points).any(axis=2).sum() == 2 and np.isfinite(raw.boxes).all()
