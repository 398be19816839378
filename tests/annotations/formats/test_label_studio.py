"""Label Studio's tasks: how keypoints find their instance, and what is refused."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import numpy as np
import pytest
from coco_files import SQUARE
from made_labels import made_labels

from mmlandmark.annotations.formats.label_studio import read_label_studio, write_label_studio
from mmlandmark.annotations.formats.label_studio_config import label_studio_config
from mmlandmark.annotations.formats.labels import Instance, gather
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import KeypointSchema

SIZE = {'original_width': 200, 'original_height': 100}


def box(id_, x, **more):
    value = {'x': x, 'y': 10, 'width': 20, 'height': 30, 'rectanglelabels': ['square']}
    return {'id': id_, 'type': 'rectanglelabels', 'value': {**value, **more}, **SIZE}


def point(id_, name, x, **more):
    value = {'x': x, 'y': 50, 'width': 1, 'keypointlabels': [name]}
    return {'id': id_, 'type': 'keypointlabels', 'value': value, **SIZE, **more}


def tasks_of(folder, *regions, **task):
    tasks = [{'id': 5, 'data': {'image': 'a.png'}, 'annotations': [{'result': regions}], **task}]
    path = folder / 'tasks.json'
    path.write_text(json.dumps(tasks))
    return path


def read(folder, *regions, **task):
    return read_label_studio(tasks_of(folder, *regions, **task), schema=SQUARE)


def test_parents_and_relations_make_instances(tmp_path):
    labels = read(
        tmp_path,
        box('b1', 0),
        box('b2', 50),
        point('p1', 'left_top', 10, parentID='b2'),
        point('p2', 'left_top', 20),
        point('p3', 'right_top', 30),
        {'type': 'relation', 'from_id': 'p2', 'to_id': 'b1', 'direction': 'right'},
        {'type': 'relation', 'from_id': 'b1', 'to_id': 'p3', 'direction': 'right'},
        {'id': 'p3', 'type': 'choices', 'value': {'choices': ['hidden']}},
        {'id': 'q', 'type': 'polygonlabels', 'value': {}},
    )
    assert labels.visible.tolist() == [[2, 1, 0, 0], [2, 0, 0, 0]]
    assert labels.points[:, 0].tolist() == [[40, 50], [20, 50]]
    assert labels.boxes.tolist() == [[0, 10, 40, 40], [100, 10, 140, 40]]
    assert labels.notes == ("1 regions of type 'polygonlabels' are left out",)


def test_points_without_a_rectangle_are_one_instance(tmp_path):
    labels = read(tmp_path, point('p', 'left_top', 10), point('q', 'right_top', 20))
    assert len(labels) == 1 and labels.visible.tolist() == [[2, 2, 0, 0]]


def test_an_uploaded_picture_has_its_own_name_back(tmp_path):
    labels = read(tmp_path, data={'image': '/data/local-files/?d=my%20dogs/a.png'})
    assert list(labels.files) == ['my dogs/a.png']


def test_of_several_annotations_the_first_that_counts_is_read(tmp_path):
    results = [
        {'result': [point('p', 'left_top', x)], 'was_cancelled': x == 0} for x in (0, 10, 20)
    ]
    labels = read(tmp_path, annotations=results)
    assert labels.points[0, 0].tolist() == [20, 50]
    assert labels.notes == (
        '1 cancelled annotations are left out',
        '1 further annotations of a task are left out',
    )


def test_predictions_and_fields_of_a_task_are_told(tmp_path):
    result = [point('p', 'left_top', 10)]
    data = {'image': 'a.png', 'site': 'zoo'}
    labels = read(tmp_path, annotations=[], predictions=[{'result': result}], data=data)
    assert len(labels) == 1
    assert labels.notes == (
        '1 tasks have no annotation: their predictions are read',
        "fields of 'data' that are left out: site",
    )


def test_keypoints_of_other_rectangles_are_not_those_of_the_only_one(tmp_path):
    other = box('b2', 50, rectanglelabels=['triangle'])
    regions = [
        box('b1', 0),
        other,
        point('p', 'left_top', 10, parentID='b1'),
        point('q', 'right_top', 60, parentID='b2'),
        {'id': 'q', 'type': 'choices', 'value': {'choices': ['blurred']}},
    ]
    labels = read_label_studio(tasks_of(tmp_path, *regions), schema=SQUARE, category='square')
    assert labels.visible.tolist() == [[2, 0, 0, 0]]
    assert labels.notes == (
        '1 keypoints of rectangles of other labels are left out',
        '1 rectangles of other labels are left out',
        "1 regions of type 'choices' are left out",
    )
    both = read_label_studio(tasks_of(tmp_path, *regions[:4]), schema=SQUARE)
    assert both.visible.tolist() == [[2, 0, 0, 0], [0, 2, 0, 0]]
    assert both.notes == ('rectangles of labels square, triangle are read as one category',)


def test_many_instances_of_numbered_keypoints_keep_theirs(tmp_path):
    numbers = KeypointSchema(name='numbers', keypoints=tuple(map(str, range(1, 15))))
    instances = [
        Instance(0, {name: (i, int(name), 2) for name in numbers.keypoints}, (i, 0, i + 9, 9))
        for i in range(15)
    ]
    labels = gather('made', 'numbers', numbers, [('a.png', 50, 40)], instances)
    write_label_studio(tmp_path / 'x.json', labels)
    back = read_label_studio(tmp_path / 'x.json', schema=numbers)
    np.testing.assert_allclose(back.points, labels.points, atol=1e-9)


def test_what_has_no_region_is_told(tmp_path):
    instances = [Instance(0, {'left_top': (1, 2, 2)})]
    pictures = [('a.png', 50, 40), ('b.png', 50, 40)]
    labels = gather('made', 'square', SQUARE, pictures, instances)
    assert write_label_studio(tmp_path / 'x.json', labels) == [
        '2 links between keypoints are not written',
        "the name 'square' of the instances is not written",
        '1 pictures have no region, which would hold their size',
        '3 keypoints are labelled nowhere: their names are not written',
    ]


def test_the_interface_has_every_name(tmp_path):
    view = ElementTree.fromstring(label_studio_config(SQUARE, 'square'))
    names = [label.get('value') for label in view.iter('Label')]
    assert names == ['square', *SQUARE.keypoints]
    write_label_studio(tmp_path / 'x.json', made_labels(tmp_path))
    controls = {element.get('name') for element in view if element.get('toName')}
    for task in json.loads((tmp_path / 'x.json').read_text()):
        used = {r['from_name'] for r in task['annotations'][0]['result'] if 'from_name' in r}
        assert used <= controls


@pytest.mark.parametrize(
    ('regions', 'message'),
    [
        ([point('p', 'left_top', 1), point('q', 'left_top', 2)], 'left_top occurs twice in one'),
        ([box('b', 0), box('c', 9), point('p', 'left_top', 1)], 'left_top belongs to none of 2'),
        (
            [point('p', 'left_tip', 1)],
            r"'left_tip' is not in schema 'square' \(did you mean 'left_top'",
        ),
        ([point('p', 'left_top', '1')], r"left_top: \['x', 'y'\] are \['1', 50\]"),
        ([point('p', 'left_top', 1, original_width=9), box('b', 0)], 'expected one size'),
        ([box('b', 0, rotation=5)], 'a rectangle is rotated'),
        ([point('p', 'left_top', 1, image_rotation=90)], 'rotated by 90 degrees; expected it upri'),
    ],
)
def test_wrong_regions_are_refused(regions, message, tmp_path):
    with pytest.raises(LandmarkError, match=message) as error:
        read(tmp_path, *regions)
    assert 'tasks.json' in str(error.value)
