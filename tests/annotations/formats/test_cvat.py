"""CVAT's XML: skeletons, single points, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from coco_files import SQUARE
from made_labels import made_labels

from mmlandmark.annotations.formats.cvat import read_cvat, write_cvat
from mmlandmark.annotations.formats.cvat_labels import cvat_labels
from mmlandmark.annotations.formats.labels import gather
from mmlandmark.errors import LandmarkError

FILE = '<annotations><image id="0" name="a.png" width="64" height="48">{}</image></annotations>'
POINT = '<points label="{}" occluded="{}" group_id="{}" points="{}"/>'


def read(folder, *shapes, **options):
    path = folder / 'x.xml'
    path.write_text(FILE.format(''.join(shapes)))
    return read_cvat(path, **options)


def test_single_points_of_a_group_are_one_instance(tmp_path):
    labels = read(
        tmp_path,
        POINT.format('right_top', 0, 1, '1.5,2'),
        POINT.format('left_top', 1, 1, '3,4'),
        POINT.format('left_top', 0, 2, '5,6'),
        '<box label="square" xtl="1" ytl="2" xbr="9" ybr="8" group_id="2"/>',
        '<polygon label="square" points="1,2;3,4;5,6"/>',
        schema=SQUARE,
    )
    assert labels.visible.tolist() == [[1, 2, 0, 0], [2, 0, 0, 0]]
    assert labels.points[0, :2].tolist() == [[3, 4], [1.5, 2]]
    assert labels.boxes[1].tolist() == [1, 2, 9, 8]
    assert labels.notes == ("1 <polygon> of label 'square' are left out",)


def test_a_shape_of_all_points_is_one_instance(tmp_path):
    labels = read(tmp_path, POINT.format('face', 0, 0, '1,2;3,4;5,6;7,8'), schema=SQUARE)
    assert labels.points.tolist() == [[[1, 2], [3, 4], [5, 6], [7, 8]]]


def test_a_box_without_a_group_is_nobodys_where_there_are_several(tmp_path):
    skeleton = '<skeleton label="s"><points label="a" points="{},2"/></skeleton>'
    box = '<box label="s_box" xtl="1" ytl="2" xbr="9" ybr="8"/>'
    alone = read(tmp_path, skeleton.format(1), box)
    assert alone.boxes.tolist() == [[1, 2, 9, 8]] and alone.notes == ()
    labels = read(tmp_path, skeleton.format(1), skeleton.format(5), box)
    assert np.isnan(labels.boxes).all()
    assert labels.notes == ('1 boxes without a group are left out',)
    assert np.isnan(read(tmp_path, skeleton.format(1), box, box).boxes).all()


def test_what_skeletons_hold_besides_points_is_told(tmp_path):
    labels = read(
        tmp_path,
        '<skeleton label="s"><attribute name="sex">f</attribute><points label="a" points="1,2">'
        '<attribute name="sure">no</attribute></points><box label="b"/></skeleton>',
    )
    assert labels.visible.tolist() == [[2]]
    assert labels.notes == ('1 <box> in skeletons are left out', '2 attributes are left out')


def test_a_task_without_a_shape_has_its_schema(tmp_path):
    labels = made_labels(tmp_path)
    bare = gather('made', labels.category, SQUARE, [('a.png', 64, 48)], [])
    write_cvat(tmp_path / 'x.xml', bare)
    back = read_cvat(tmp_path / 'x.xml')
    assert len(back) == 0 and back.category == labels.category
    assert back.schema.keypoints == SQUARE.keypoints and back.schema.skeleton == SQUARE.skeleton


def test_an_unlabelled_point_is_outside(tmp_path):
    labels = made_labels(tmp_path)
    write_cvat(tmp_path / 'x.xml', labels)
    assert (tmp_path / 'x.xml').read_text().count('outside="1"') == (labels.visible == 0).sum()


def test_the_labels_of_a_task_have_a_drawing():
    skeleton, box = cvat_labels(SQUARE, 'square', boxes=True)
    assert [point['name'] for point in skeleton['sublabels']] == list(SQUARE.keypoints)
    assert skeleton['svg'].count('<line') == 2 and skeleton['svg'].count('<circle') == 4
    assert (box['name'], box['type']) == ('square_box', 'rectangle')


@pytest.mark.parametrize(
    ('shapes', 'message'),
    [
        ([POINT.format('left_top', 0, 1, '1,2')] * 2, 'left_top occurs twice in one instance'),
        ([POINT.format('left_top', 0, 1, '1,nan')], "x is '1', y is 'nan'; expected both or none"),
        ([POINT.format('left_top', 0, 1, '1,inf')], "left_top: 'inf' is no finite number"),
        ([POINT.format('left_top', 0, 'a', '1,2')], "group_id is 'a'"),
        (
            ['<skeleton label="s"><points label="left_tip" points="1,2"/></skeleton>'],
            r"'left_tip' is not in schema 'square' \(did you mean 'left_top'\?\)",
        ),
        (['<skeleton label="s"/><skeleton label="t"/>'], 'skeletons have labels s, t; choose one'),
    ],
)
def test_wrong_shapes_are_refused(shapes, message, tmp_path):
    with pytest.raises(LandmarkError, match=message) as error:
        read(tmp_path, *shapes, schema=SQUARE)
    assert 'x.xml' in str(error.value)


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        ('<annotations><track id="0"/></annotations>', 'has tracks of a video'),
        ('<a/>', 'begins with <a>'),
        ('<annotations>', 'not valid XML'),
        ('<!DOCTYPE a [<!ENTITY b "c">]><annotations/>', 'declares a document type'),
        ('', 'the file is empty'),
    ],
)
def test_wrong_files_are_refused(content, message, tmp_path):
    (tmp_path / 'x.xml').write_text(content)
    with pytest.raises(LandmarkError, match=message):
        read_cvat(tmp_path / 'x.xml')
