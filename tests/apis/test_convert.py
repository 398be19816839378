import copy
import json
import time

import numpy as np
import orjson
import pytest
from coco_files import CROSS, SQUARE, SQUARE_TO_CROSS, make_coco, make_pairs, save, square_points
from pycocotools.coco import COCO

from mmlandmark.annotations import writer
from mmlandmark.apis import convert_coco, convert_file
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import Conversion, get_mapping


class Guess:
    """A converter that guesses the middle where a corner is missing and states its error."""

    name, source_schema, target_schema = 'guess', SQUARE, CROSS

    def __init__(self):
        self.batches = []

    def convert(self, points, visible, bboxes=None):
        self.batches.append(len(points))
        points, given = SQUARE_TO_CROSS.apply(points, visible)
        inferred = np.zeros(given.shape, dtype=bool)
        inferred[:, 0] = (given[:, 0] == 0) & (visible > 0).any(axis=1)
        points[inferred] = ((bboxes[:, :2] + bboxes[:, 2:]) / 2)[inferred[:, 0]]
        given[inferred] = 1
        return Conversion(points, given, inferred, np.full(given.shape, 0.5))


@pytest.fixture
def data():
    data = make_coco(square_points(6))
    data['info'] = {'year': 2024}
    data['annotations'][1]['keypoints'][2] = 0
    data['annotations'][2]['keypoints'][2::3] = [0, 0, 0, 0]
    data['annotations'][3]['remark'] = {'kept': ['as', 'it', 'is']}
    return data


def test_points_names_and_counts_become_the_targets(data):
    report, out = convert_coco(SQUARE_TO_CROSS, data)
    first = out['annotations'][0]
    corners = np.reshape(data['annotations'][0]['keypoints'], (4, 3))[:, :2]
    expected = [*np.round(corners.mean(axis=0), 3), 2, *corners[0], 2, *corners[1], 2]
    np.testing.assert_allclose(first['keypoints'], expected, atol=1e-9)
    assert first['num_keypoints'] == 3
    assert out['annotations'][1]['keypoints'][:6] == [0, 0, 0, 0, 0, 0]
    assert out['annotations'][1]['num_keypoints'] == 1
    category = out['categories'][0]
    assert category['keypoints'] == list(CROSS.keypoints)
    assert category['skeleton'] == [[1, 2]]
    assert report.converted == 5 and report.too_few == 1
    assert '5 of 6 annotations converted square -> cross' in report.summary()


def test_everything_else_is_kept_and_the_input_untouched(data):
    before = copy.deepcopy(data)
    _, out = convert_coco(SQUARE_TO_CROSS, data)
    assert data == before
    assert out['images'] == before['images'] and out['info'] == before['info']
    for old, new in zip(before['annotations'], out['annotations'], strict=True):
        assert new.pop('keypoints_source') == old['keypoints']
        assert new.pop('num_keypoints_source') == old['num_keypoints']
        changed = {'keypoints', 'num_keypoints'}
        assert {k: v for k, v in new.items() if k not in changed} == {
            k: v for k, v in old.items() if k not in changed
        }
    category = out['categories'][0]
    assert category['keypoints_source'] == list(SQUARE.keypoints)
    assert category['skeleton_source'] == [] and category['name'] == 'square'


def test_inferred_points_and_their_errors_are_flagged(data):
    converter, seen = Guess(), []
    report, out = convert_coco(
        converter, data, batch_size=4, progress=lambda done, count: seen.append((done, count))
    )
    assert converter.batches == [4, 2]
    assert seen == [(4, 6), (6, 6)]
    assert out['annotations'][1]['keypoints_inferred'] == ['middle']
    assert out['annotations'][1]['keypoints_sigma'] == [0.5, 0, 0.5]
    assert [a['id'] for a in out['annotations'] if 'keypoints_inferred' in a] == [2]
    assert report.inferred_points == 1


def test_other_categories_and_crowds_stay_as_they_are(data):
    data['categories'].append({'id': 2, 'name': 'car'})
    data['annotations'][0].update(category_id=2)
    data['annotations'][4].update(iscrowd=1)
    for row in (0, 4):
        del data['annotations'][row]['keypoints']
    report, out = convert_coco(SQUARE_TO_CROSS, data)
    for row in (0, 4):
        assert out['annotations'][row] == data['annotations'][row]
    assert out['categories'][1] == data['categories'][1]
    assert (report.other_category, report.without_keypoints) == (1, 1)
    assert 'keypoints_source' in out['annotations'][5]


def test_another_field_is_converted_in_its_place():
    data = make_pairs(3)
    back = SQUARE_TO_CROSS
    for entry in (*data['annotations'], *data['categories']):
        entry['points'] = entry.pop('keypoints')
    _, out = convert_coco(back, data, keypoints_field='points')
    assert out['annotations'][0]['points'][3:5] == data['annotations'][0]['points'][:2]
    assert out['annotations'][0]['keypoints_target'] == data['annotations'][0]['keypoints_target']
    assert out['categories'][0]['points'] == list(CROSS.keypoints)
    assert out['categories'][0]['skeleton'] == data['categories'][0]['skeleton']


def test_a_second_conversion_does_not_lose_the_first_originals(data):
    _, out = convert_coco(SQUARE_TO_CROSS, data)
    out['categories'][0]['keypoints'] = list(SQUARE.keypoints)
    for annotation in out['annotations']:
        annotation['keypoints'] = annotation['keypoints_source']
    with pytest.raises(LandmarkError, match="annotation 1: has 'keypoints_source' already"):
        convert_coco(SQUARE_TO_CROSS, out)


def test_a_wrong_number_names_the_annotation_and_both_schemas(data):
    data['annotations'][3]['keypoints'] = [1, 2, 2]
    with pytest.raises(LandmarkError) as error:
        convert_coco(SQUARE_TO_CROSS, data)
    for part in ('annotation 4', "'square'", "'cross' (3 keypoints)"):
        assert part in str(error.value)


def test_a_converter_that_gives_nan_is_found_out(data):
    class Broken(Guess):
        def convert(self, points, visible, bboxes=None):
            done = super().convert(points, visible, bboxes)
            done.points[1, 2] = np.nan
            return done

    with pytest.raises(LandmarkError, match='annotation 2: guess gives .*nan.* for right_top'):
        convert_coco(Broken(), data)


def test_a_batch_of_none_is_refused(data):
    with pytest.raises(LandmarkError, match='batch_size is 0'):
        convert_coco(SQUARE_TO_CROSS, data, batch_size=0)


def test_a_file_is_what_the_object_is(tmp_path, data):
    source = save(tmp_path / 'in.json', data)
    report = convert_file(Guess(), source, tmp_path / 'out.json')
    expected, out = convert_coco(Guess(), source)
    assert report == expected
    assert json.loads((tmp_path / 'out.json').read_text()) == out
    coco = COCO(tmp_path / 'out.json')
    assert coco.loadCats(1)[0]['keypoints'] == list(CROSS.keypoints)
    assert len(coco.loadAnns(coco.getAnnIds(imgIds=1))) == 1


def test_no_annotation_gives_a_valid_empty_file(tmp_path, data):
    data['annotations'] = []
    report = convert_file(SQUARE_TO_CROSS, save(tmp_path / 'in.json', data), tmp_path / 'out.json')
    assert report.converted == 0
    assert json.loads((tmp_path / 'out.json').read_text())['annotations'] == []


def test_an_existing_file_stays_without_overwrite_and_on_a_full_disk(tmp_path, data, monkeypatch):
    source, out = save(tmp_path / 'in.json', data), tmp_path / 'out.json'
    out.write_text('old')
    with pytest.raises(LandmarkError, match='out.json: exists'):
        convert_file(SQUARE_TO_CROSS, source, out)

    def full(*_):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(writer.os, 'fsync', full)
    with pytest.raises(LandmarkError, match='No space left'):
        convert_file(SQUARE_TO_CROSS, source, out, overwrite=True)
    assert out.read_text() == 'old'
    assert sorted(p.name for p in tmp_path.iterdir()) == ['in.json', 'out.json']


def test_bodies_are_converted_in_a_few_times_the_cost_of_reading_and_writing(tmp_path, shared_data):
    source = shared_data / 'body_coco17_mpii16' / 'train.json'
    mapping, out = get_mapping('coco17-to-mpii16'), tmp_path / 'out.json'

    def copy_file():
        out.write_bytes(orjson.dumps(orjson.loads(source.read_bytes())))

    def convert():
        convert_file(mapping, source, out, overwrite=True)

    def cost(function):
        times = []
        for _ in range(3):
            start = time.process_time()
            function()
            times.append(time.process_time() - start)
        return min(times)

    # The goal is 2; the bound leaves room for a busy machine.
    assert cost(convert) < 4 * cost(copy_file)
