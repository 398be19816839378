import pytest
from raw_hands import LISTS, hand_release

from mmlandmark.annotations.ouhands_layout import (
    GESTURES,
    check_split,
    count_gestures,
    files_of,
    gesture_of,
    list_file,
    read_hand_box,
    read_list,
)
from mmlandmark.errors import LandmarkError


def test_the_classes_are_a_to_k_without_g():
    assert ''.join(GESTURES) == 'ABCDEFHIJK'
    assert [gesture_of(name) for name in ('A-x-1.png', 'k-x.png')] == ['A', 'K']
    assert not any(gesture_of(name) for name in ('G-x.png', 'Ax.png', '-.png', 'AB-x.png'))
    assert count_gestures(['B', 'A', 'B'])['B'] == 2


def test_a_list_is_read_without_blank_lines_and_foreign_line_ends(tmp_path):
    root = hand_release(tmp_path)
    list_file(root, 'train').write_bytes(b'\xef\xbb\xbfA-1.png\r\n\r\n B-2.png \r\n')
    assert read_list(root, 'train') == ['A-1.png', 'B-2.png']


@pytest.mark.parametrize(
    ('content', 'message'),
    [(b'\n \n', 'the list of train is empty'), (b'\xff\xfe\x00', 'not a text file')],
)
def test_a_list_without_entries_is_an_error(tmp_path, content, message):
    root = hand_release(tmp_path)
    list_file(root, 'train').write_bytes(content)
    with pytest.raises(LandmarkError, match=rf'training_files\.txt: {message}'):
        read_list(root, 'train')


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(LandmarkError, match=rf'{LISTS}/validation_files\.txt: cannot be read: No'):
        read_list(tmp_path, 'validation')
    with pytest.raises(LandmarkError, match='none: no such folder'):
        files_of(tmp_path / 'none')
    with pytest.raises(
        LandmarkError, match=r"'validaton' of OUHANDS \(did you mean 'validation'\?\)"
    ):
        check_split('validaton')


@pytest.mark.parametrize('text', ['1\n10 8 44 35 \n', '1\r\n10 8 44 35 0.9\r\n', '1\n10 8 44 35'])
def test_a_box_is_corner_and_size(tmp_path, text):
    path = tmp_path / 'x.txt'
    path.write_bytes(text.encode())
    assert read_hand_box(path).tolist() == [10, 8, 54, 43]


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('', "holds ''; expected a line 1 and"),
        ('10 8 44 35', 'expected a line 1 and a line x y width height'),
        ('2\n1 2 3 4\n5 6 7 8', 'expected a line 1'),
        ('1\n1 2 3', "holds '1 / 1 2 3'"),
        ('1\n1 2 3 b', 'are not numbers'),
        ('1\n1 2 0 4', 'has no area'),
        ('1\n1 2 nan 4', 'has no area'),
    ],
)
def test_a_box_file_of_another_kind_is_an_error(tmp_path, text, message):
    path = tmp_path / 'x.txt'
    path.write_text(text)
    with pytest.raises(LandmarkError, match=rf'x\.txt: .*{message}'):
        read_hand_box(path)
