import json

import pytest

from mmlandmark.annotations.size_files import read_sizes
from mmlandmark.errors import LandmarkError


@pytest.fixture
def file(tmp_path):
    def write(content, name='sizes.json'):
        path = tmp_path / name
        path.write_text(json.dumps(content))
        return path

    return write


def test_names_lose_folder_and_ending_but_no_dots(file):
    a = file({'n02_1': [3, 4], 'n02_1.5': [5, 6]}, 'a.json')
    b = file({'test/images/cat.JPG': [7, 8], 'n02_1.png': [3, 4]}, 'b.json')
    assert read_sizes([a, b]) == {'n02_1': (3, 4), 'n02_1.5': (5, 6), 'cat': (7, 8)}
    assert read_sizes([]) == {}


@pytest.mark.parametrize(
    'size', [[3], [3, 4, 3], [3, 0], [3.5, 4], 'x', None, ['3', '4'], [True, 2]]
)
def test_a_wrong_size_is_named(file, size):
    path = file({'a': [1, 2], 'b': size})
    with pytest.raises(LandmarkError, match=r"sizes\.json: 'b' is .*expected \[width, height\]"):
        read_sizes([path])


def test_two_sizes_of_one_name_are_an_error(file):
    with pytest.raises(LandmarkError, match=r"b\.json: 'x\.png' is \[4, 3\]; \[3, 4\] under"):
        read_sizes([file({'x': [3, 4]}, 'a.json'), file({'x.png': [4, 3]}, 'b.json')])


def test_no_object_is_an_error(file):
    with pytest.raises(LandmarkError, match='expected an object of name'):
        read_sizes([file([1, 2])])
