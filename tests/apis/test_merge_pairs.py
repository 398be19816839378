import json

import pytest
from two_labellings import Differences, make_people, pair_file

from mmlandmark.annotations.pairs import read_pairs
from mmlandmark.apis.merge_pairs import read_schema_pairs, unit_lengths
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import get_schema

COCO, MPII = get_schema('coco17'), get_schema('mpii16')


def test_a_number_that_the_first_person_lacks_is_a_unit_all_the_same():
    content = pair_file(make_people(20), Differences())
    content['annotations'][0]['head_size'] = None
    name, unit = unit_lengths(read_pairs(content, COCO, MPII), None)
    assert name == 'head_size'
    assert unit[0] != unit[0] and (unit[1:] > 0).all()


@pytest.mark.parametrize('name', ['id', 'image_id', 'category_id', 'iscrowd', 'num_keypoints'])
def test_what_only_numbers_an_annotation_is_no_unit(name):
    content = pair_file(make_people(20), Differences())
    for annotation in content['annotations']:
        annotation.setdefault(name, 0)
    with pytest.raises(LandmarkError, match=f'unknown normaliser {name!r}') as caught:
        unit_lengths(read_pairs(content, COCO, MPII), name)
    assert 'head_size' in str(caught.value) and ', id' not in str(caught.value)


def test_messages_name_the_file(tmp_path):
    path = tmp_path / 'pairs.json'
    content = pair_file(make_people(5), Differences())
    for annotation in content['annotations']:
        annotation['keypoints'] = [0] * 51
    path.write_text(json.dumps(content))
    with pytest.raises(LandmarkError, match=r'pairs\.json: no usable pair is left'):
        read_schema_pairs(path)
