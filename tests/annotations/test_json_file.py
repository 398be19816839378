import pytest

from mmlandmark.annotations.json_file import read_json
from mmlandmark.errors import LandmarkError


@pytest.mark.parametrize(
    ('content', 'said'),
    [
        ('', 'empty'),
        ('  \n', 'empty'),
        ('{"annotations": [1, 2', 'truncated'),
        ('{"annotations": [{"id"', 'truncated'),
        ('{"a": 1,}', 'not valid JSON at line 1'),
        ('[NaN]', r'\[0\] is nan'),
        ('[1e999]', r'\[0\] is inf'),
        ('{"annotations": [{"id": 7, "keypoints": [1.0, NaN, 2]}]}', r'\(id 7\).keypoints\[1\]'),
        ('{"annotations": [{"id": 7, "keypoints": [-Infinity]}]}', r'\(id 7\).keypoints\[0\]'),
    ],
)
def test_bad_files_are_explained_in_one_line(tmp_path, content, said):
    path = tmp_path / 'bad.json'
    path.write_text(content)
    with pytest.raises(LandmarkError, match=said) as error:
        read_json(path)
    assert str(path) in str(error.value)
    assert '\n' not in str(error.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(LandmarkError, match='none.json: cannot be read'):
        read_json(tmp_path / 'none.json')


def test_a_good_file_is_read(tmp_path):
    path = tmp_path / 'good.json'
    path.write_text('{"a": [1, 2.5, null, "x"]}')
    assert read_json(path) == {'a': [1, 2.5, None, 'x']}
