import json

import pytest
from coco_files import CROSS, SQUARE, make_coco, make_pairs, save, square_points

from mmlandmark.annotations.pair_files import pair_files, schema_of_file
from mmlandmark.annotations.pairs import read_pairs
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import get_schema


@pytest.fixture
def sides(tmp_path):
    """Two files with equal ids, and the pair file they come from."""
    data = make_pairs(12)
    source = make_coco(square_points(12))
    target = {
        'images': [{**image, 'width': 1} for image in data['images']],
        'categories': [{'id': 7, 'name': 'cross', 'keypoints': list(CROSS.keypoints)}],
        'annotations': [
            {
                'id': a['id'],
                'image_id': a['image_id'],
                'category_id': 7,
                'bbox': [0, 0, 1, 1],
                'keypoints': a['keypoints_target'],
                'head_size': a['head_size'],
            }
            for a in reversed(data['annotations'])
        ],
    }
    return save(tmp_path / 's.json', source), save(tmp_path / 't.json', target), data


def test_fields_of_both_sides_are_kept(tmp_path, sides):
    source, target, data = sides
    report = pair_files(source, target, tmp_path / 'out.json')
    assert report.counts['paired'] == 12
    out = json.loads((tmp_path / 'out.json').read_text())
    own, written = data['annotations'][4], out['annotations'][4]
    assert written['keypoints'] == own['keypoints']
    assert written['keypoints_target'] == own['keypoints_target']
    assert written['num_keypoints_target'] == 3
    assert written['bbox'] == own['bbox']
    assert written['target_bbox'] == [0, 0, 1, 1]
    assert written['target_category_id'] == 7
    assert written['head_size'] == own['head_size']
    assert 'target_id' not in written, 'equal values are not written twice'
    assert out['images'][0]['width'] == 640 and out['images'][0]['target_width'] == 1
    category = out['categories'][0]
    assert category['keypoints_target'] == list(CROSS.keypoints)
    assert category['target_name'] == 'cross'


def test_the_written_file_is_a_pair_file(tmp_path, sides):
    source, target, data = sides
    pair_files(source, target, tmp_path / 'out.json')
    found, expected = (read_pairs(f, SQUARE, CROSS) for f in (tmp_path / 'out.json', data))
    assert (found.source_points == expected.source_points).all()
    assert (found.target_points == expected.target_points).all()


def test_names_in_another_order_are_written_in_the_order_of_the_schema(tmp_path, sides):
    source, target, data = sides
    content = json.loads(source.read_text())
    content['categories'][0]['keypoints'].reverse()
    for annotation in content['annotations']:
        row = annotation['keypoints']
        annotation['keypoints'] = [v for i in (9, 6, 3, 0) for v in row[i : i + 3]]
    save(source, content)
    pair_files(source, target, tmp_path / 'out.json', source_schema=SQUARE, target_schema=CROSS)
    out = json.loads((tmp_path / 'out.json').read_text())
    assert out['annotations'][0]['keypoints'] == data['annotations'][0]['keypoints']
    assert out['categories'][0]['keypoints'] == list(SQUARE.keypoints)
    assert out['categories'][0]['skeleton'] == [[1, 2], [3, 4]]


def test_nothing_is_written_without_a_pair_or_over_a_file(tmp_path, sides):
    source, target, _ = sides
    with pytest.raises(LandmarkError, match='have no pair by box'):
        pair_files(source, target, tmp_path / 'out.json', by='box')
    assert not (tmp_path / 'out.json').exists()
    with pytest.raises(LandmarkError, match='exists'):
        pair_files(source, target, source)
    for given in (source, target.parent / '..' / target.parent.name / target.name):
        before = given.read_bytes()
        with pytest.raises(LandmarkError, match='json: is one of the files to pair'):
            pair_files(source, target, given, overwrite=True)
        assert given.read_bytes() == before


def test_what_became_of_annotations_without_a_pair_is_said(tmp_path, sides):
    source, target, _ = sides
    content = json.loads(source.read_text())
    save(source, content | {'annotations': []})
    with pytest.raises(LandmarkError, match='have no pair by id: 12 unpaired target$'):
        pair_files(source, target, tmp_path / 'out.json')


def test_sides_that_do_not_match_are_refused_without_force(tmp_path, sides):
    source, target, _ = sides
    content = json.loads(target.read_text())
    content['categories'][0]['keypoints'] = ['middle', 'right_top', 'left_top']
    save(target, content)
    options = {'source_schema': SQUARE, 'target_schema': CROSS}
    with pytest.raises(LandmarkError, match='left_top and right_top look swapped'):
        pair_files(source, target, tmp_path / 'out.json', **options)
    assert pair_files(source, target, tmp_path / 'out.json', force=True, **options)


def test_a_pair_file_is_no_source(tmp_path, sides):
    _, target, data = sides
    both = save(tmp_path / 'both.json', data)
    with pytest.raises(LandmarkError, match='annotation 1: has keypoints_target already'):
        pair_files(both, target, tmp_path / 'out.json')


def test_the_schema_of_a_file_is_found_by_its_names():
    def of(*names):
        categories = [{'id': i, 'name': 'x', 'keypoints': n} for i, n in enumerate(names)]
        return schema_of_file({'categories': categories}, 'x.json')

    assert of(list(reversed(get_schema('coco17').keypoints))) is get_schema('coco17')
    assert of(['a', 'b'], []).keypoints == ('a', 'b')
    with pytest.raises(LandmarkError, match='no category lists keypoint names'):
        of([])
    with pytest.raises(LandmarkError, match='2 categories list different'):
        of(['a'], ['b'])
    one = {'categories': [{'id': 1, 'name': 'x', 'keypoints': ['a']}]}
    with pytest.raises(LandmarkError, match="'keypoints_target' names; expected a file of pairs"):
        schema_of_file(one, 'x.json', 'keypoints_target')
