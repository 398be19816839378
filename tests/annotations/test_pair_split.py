import json

import numpy as np
import pytest
from coco_files import CROSS, SQUARE, make_pairs, save

from mmlandmark.annotations.pair_split import Part, split_pairs
from mmlandmark.annotations.pairs import read_pairs
from mmlandmark.annotations.reader import read_coco_keypoints
from mmlandmark.errors import LandmarkError

SCHEMAS = {'source_schema': SQUARE, 'target_schema': CROSS}
PARTS = [Part('a', 0.5, 'source'), Part('b', 0.3, 'target'), Part('c', 0.2, 'both')]


@pytest.fixture
def pairs(tmp_path):
    return save(tmp_path / 'pairs.json', make_pairs(60))


def read(path):
    return json.loads(path.read_text())


def test_parts_share_no_person_and_hold_every_pair_once(pairs, tmp_path):
    reports, left_out = split_pairs(pairs, tmp_path / 'out', PARTS, by='identity', **SCHEMAS)
    files = {part.name: read(tmp_path / 'out' / f'{part.name}.json') for part in PARTS}
    people = {name: {a['identity'] for a in data['annotations']} for name, data in files.items()}
    assert sum(map(len, people.values())) == len(set().union(*people.values())) == 10
    ids = sorted(a['id'] for data in files.values() for a in data['annotations'])
    assert ids == list(range(1, 61))
    assert left_out == {}
    assert [(r.schema, r.instances, r.groups) for r in reports] == [
        ('square', 30, 5),
        ('cross', 18, 3),
        ('square+cross', 12, 2),
    ]
    for data in files.values():
        used = {a['image_id'] for a in data['annotations']}
        assert {image['id'] for image in data['images']} == used


def test_a_part_has_its_own_labels_exactly_and_nothing_of_the_others(pairs, tmp_path):
    data = read(pairs)
    for annotation in data['annotations']:
        annotation['keypoints_scores'] = [1.0] * 4  # a list may be anybody's
        annotation['num_keypoints_seen'] = 4
    save(pairs, data)
    before = {a['id']: a for a in data['annotations']}
    split_pairs(pairs, tmp_path, PARTS, by='identity', **SCHEMAS)
    for name, schema, field in (('a', SQUARE, 'keypoints'), ('b', CROSS, 'keypoints_target')):
        data = read(tmp_path / f'{name}.json')
        assert [c['keypoints'] for c in data['categories']] == [list(schema.keypoints)]
        assert not any('keypoints_target' in c for c in data['categories'])
        for annotation in data['annotations']:
            assert set(annotation) == {
                *('id', 'image_id', 'category_id', 'iscrowd', 'identity', 'head_size'),
                *('keypoints', 'num_keypoints', 'bbox', 'area'),
            }
            assert annotation['keypoints'] == before[annotation['id']][field]
            assert annotation['num_keypoints'] == schema.num_keypoints
            points = np.array(annotation['keypoints']).reshape(-1, 3)[:, :2]
            x, y, w, h = annotation['bbox']
            np.testing.assert_allclose([x, y], points.min(0), atol=1e-3)
            np.testing.assert_allclose([x + w, y + h], points.max(0), atol=2e-3)
            assert annotation['area'] == pytest.approx(w * h, abs=1e-3)


def test_a_part_of_both_is_the_same_file_of_pairs(pairs, tmp_path):
    split_pairs(pairs, tmp_path, PARTS, by='identity', **SCHEMAS)
    kept = read_pairs(tmp_path / 'c.json', SQUARE, CROSS)
    every = {a['id']: a for a in read(pairs)['annotations']}
    assert kept.annotations == [every[id_] for id_ in kept.ids.tolist()]


def test_own_boxes_are_padded_and_those_of_the_file_kept_on_request(pairs, tmp_path):
    split_pairs(pairs, tmp_path / 'own', whole='x', padding=0.25, **SCHEMAS)
    split_pairs(pairs, tmp_path / 'file', whole='x', boxes='file', **SCHEMAS)
    for side, field in (('source', 'keypoints'), ('target', 'keypoints_target')):
        own, kept = (read(tmp_path / f / f'x_{side}.json')['annotations'] for f in ('own', 'file'))
        for original, one, two in zip(read(pairs)['annotations'], own, kept, strict=True):
            assert two['bbox'] == original['bbox']
            assert 'area' not in two  # these pairs state none
            size = np.ptp(np.array(original[field]).reshape(-1, 3)[:, :2], axis=0)
            np.testing.assert_allclose(one['bbox'][2:], 1.5 * size, atol=2e-3)


def test_a_whole_file_becomes_one_of_each_schema(pairs, tmp_path):
    reports, _ = split_pairs(pairs, tmp_path, whole='test', **SCHEMAS)
    assert [r.file.name for r in reports] == ['test_source.json', 'test_target.json']
    sides = [
        read_coco_keypoints(tmp_path / f'test_{side}.json', schema)
        for side, schema in (('source', SQUARE), ('target', CROSS))
    ]
    both = read_pairs(pairs, SQUARE, CROSS)
    np.testing.assert_array_equal(sides[0].points, both.source_points)
    np.testing.assert_array_equal(sides[1].points, both.target_points)
    np.testing.assert_array_equal(sides[0].ids, sides[1].ids)


def test_unlabelled_points_stay_so_and_left_out_pairs_are_counted(pairs, tmp_path):
    data = read(pairs)
    data['annotations'][0]['keypoints_target'] = [0.0, 0.0, 0] * 3
    data['annotations'][1]['keypoints_target'][3:6] = [777.0, 777.0, 0]
    save(pairs, data)
    _, left_out = split_pairs(pairs, tmp_path, whole='x', **SCHEMAS)
    assert left_out == {'fewer than 1 target points': 1}
    first = read(tmp_path / 'x_target.json')['annotations'][0]
    assert (first['id'], first['num_keypoints']) == (2, 2)
    assert first['keypoints'][3:6] == [0.0, 0.0, 0]
    assert first['bbox'][0] + first['bbox'][2] < 700


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        ({'parts': [Part('a', 0.5, 'source')]}, 'sum to 0.5; expected 1'),
        ({'parts': [*PARTS, PARTS[0]]}, "part 'a' is given twice"),
        ({'parts': PARTS, 'whole': 'x'}, 'give one of the two'),
        ({}, 'give one of the two'),
        ({'whole': 'x', 'boxes': 'tight'}, "unknown boxes 'tight'"),
        ({'whole': 'x', 'padding': -1}, 'padding is -1'),
        ({'parts': PARTS, 'by': 'person'}, "has no 'person' to split by"),
        ({'whole': 'x', 'target_schema': SQUARE}, "does not carry schema 'square'"),
    ],
)
def test_wrong_settings_are_refused_before_anything_is_written(pairs, tmp_path, change, message):
    with pytest.raises(LandmarkError, match=message):
        split_pairs(pairs, tmp_path / 'out', **{**SCHEMAS, **change})
    assert not list((tmp_path / 'out').glob('*'))


def test_a_file_that_exists_is_not_replaced_and_none_is_written(pairs, tmp_path):
    save(tmp_path / 'b.json', {})
    with pytest.raises(LandmarkError, match=r'b\.json: exists'):
        split_pairs(pairs, tmp_path, PARTS, by='identity', **SCHEMAS)
    assert not (tmp_path / 'a.json').exists()
    split_pairs(pairs, tmp_path, PARTS, by='identity', overwrite=True, **SCHEMAS)
    assert read(tmp_path / 'b.json')['annotations']


@pytest.mark.parametrize(
    'text', ['a', 'a=x:source', 'a=0.5', 'a=0.5:left', '/a=0.5:source', 'a=1.2.3:both']
)
def test_a_part_in_another_form_is_refused(text):
    with pytest.raises(LandmarkError, match=f"part '{text}'"):
        Part.parse(text)


def test_a_part_is_read_from_text():
    assert Part.parse('train-68=0.5:source') == Part('train-68', 0.5, 'source')
    assert Part.parse('x=1e-1:both').ratio == 0.1


def test_real_faces_split_by_person_under_their_shipped_schemas(shared_data, tmp_path):
    file = shared_data / 'face68_face48' / 'val.json'
    parts = [Part('a', 0.5, 'source'), Part('b', 0.5, 'target')]
    reports, _ = split_pairs(file, tmp_path, parts, by='identity')
    assert [r.schema for r in reports] == ['face68', 'face48']
    people = [{a['identity'] for a in read(r.file)['annotations']} for r in reports]
    assert people[0].isdisjoint(people[1])
    assert sum(r.instances for r in reports) == len(read(file)['annotations'])
