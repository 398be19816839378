from __future__ import annotations

import pytest

from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import get_schema
from mmlandmark.schemas.region_file import read_region_file

DOG = get_schema('dogflw46')


def test_groups_of_keypoints_and_regions(tmp_path):
    path = tmp_path / 'own.yaml'
    path.write_text('looks: [eyes, right_brow]  # a note\nlip: upper_lip_mid\n')
    groups = read_region_file(path, DOG)
    assert groups == {'looks': ('eyes', 'right_brow'), 'lip': ('upper_lip_mid',)}


@pytest.mark.parametrize(
    ('text', 'said'),
    [
        ('', 'holds nothing; expected a mapping'),
        ('- nose\n', r"holds \['nose'\]; expected a mapping"),
        ('a: []\n', "group 'a' holds nothing"),
        ('a:\n', "group 'a' holds nothing"),
        ('a: 3\n', "group 'a' holds 3;"),
        ('a: [nose_topp]\n', r"'nose_topp' \(did you mean 'nose_top'\?\)"),
        ('a: [[nose]]\n', r"no keypoint or region \['nose'\]"),
        ('a/b: [nose]\n', "called 'a/b'"),
        ('..: [nose]\n', r"called '\.\.'"),
        ('3: [nose]\n', 'called 3'),
        ('"a\\nb": [nose]\n', 'that can be part of a file name'),
        (f'{"a" * 300}: [nose]\n', 'that can be part of a file name'),
        ('[' * 3000, 'nested too deep'),
        ('a: [nose]\na: [mouth]\n', "'a' is there more than once"),
        ('[nose]: [nose]\n', 'is not plain YAML'),
        ('a: [nose\n', 'is not plain YAML'),
        ('a: !!python/object/apply:os.getcwd []\n', 'is not plain YAML'),
    ],
)
def test_bad_files_name_themselves(tmp_path, text, said):
    path = tmp_path / 'own.yaml'
    path.write_text(text)
    with pytest.raises(LandmarkError, match=said) as caught:
        read_region_file(path, DOG)
    assert str(caught.value).startswith(str(path))
    assert '\n' not in str(caught.value)


def test_missing_and_binary_files(tmp_path):
    with pytest.raises(LandmarkError, match='cannot be read'):
        read_region_file(tmp_path / 'none.yaml', DOG)
    (tmp_path / 'bytes.yaml').write_bytes(b'\xff\xfe\x00\xd8')
    with pytest.raises(LandmarkError, match='is no text'):
        read_region_file(tmp_path / 'bytes.yaml', DOG)
