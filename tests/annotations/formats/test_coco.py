"""COCO files as pycocotools loads them."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from made_labels import made_file, made_labels
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from mmlandmark.annotations.formats.coco import (
    coco_document,
    read_coco_labels,
    write_coco_labels,
    write_fiftyone,
)
from mmlandmark.annotations.formats.labels import lost
from mmlandmark.errors import LandmarkError


def test_pycocotools_evaluates_the_file(tmp_path):
    labels = made_labels(tmp_path)
    bare = replace(labels, boxes=np.full((7, 4), np.nan), extras=[{}] * 7)
    notes = write_coco_labels(tmp_path / 'out.json', bare)
    assert notes == ['7 boxes are made of the labelled points', '7 areas are those of the boxes']
    truth = COCO(str(tmp_path / 'out.json'))
    assert truth.dataset['categories'][0]['skeleton'] == [[1, 2], [3, 4]]
    keys = ('image_id', 'category_id', 'keypoints')
    found = [{k: a[k] for k in keys} | {'score': 1.0} for a in truth.dataset['annotations']]
    run = COCOeval(truth, truth.loadRes(found), 'keypoints')
    run.params.kpt_oks_sigmas = np.full(4, 0.05)
    run.evaluate()
    run.accumulate()
    run.summarize()
    assert run.stats[0] == 1.0


def test_ids_and_other_fields_stay(tmp_path):
    path = made_file(tmp_path)
    data = json.loads(path.read_text())
    for annotation in data['annotations']:
        annotation |= {'id': annotation['id'] + 70, 'area': 5.0, 'segmentation': [[1, 2, 3, 4]]}
    path.write_text(json.dumps(data))
    document, notes = coco_document(read_coco_labels(path))
    assert document['annotations'] == data['annotations'] and notes == []
    assert document['images'] == data['images']


def changed(folder, change):
    path = made_file(folder)
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))
    return read_coco_labels(path)


def test_what_is_not_kept_is_told(tmp_path):
    def change(data):
        data |= {'licenses': [{'id': 1}], 'info': {'year': 2020}}
        data['categories'][0] |= {'supercategory': 'shape', 'color': 'red'}
        data['annotations'][0]['keypoints'][:3] = [5, 6, 0]

    labels = changed(tmp_path, change)
    assert labels.notes == (
        'fields of the file that are left out: info, licenses',
        'fields of the category that are left out: color, supercategory',
        '1 keypoints with v 0 have coordinates, which are left out',
    )
    write_coco_labels(tmp_path / 'out.json', labels)
    assert read_coco_labels(tmp_path / 'out.json').notes == ()


def test_ids_areas_and_tracks_are_told_where_they_are_lost(tmp_path):
    def change(data):
        data['annotations'][0] |= {'id': 70, 'area': 5.0, 'track': 3}

    labels = changed(tmp_path, change)
    assert coco_document(labels)[0]['annotations'][0]['track'] == 3
    assert lost(labels) == [
        'the ids of 1 annotations are not written',
        '1 areas that are not those of the boxes are not written',
        'fields of annotations that are not written: track (1)',
    ]


def test_areas_that_are_null_are_made(tmp_path):
    labels = changed(tmp_path, lambda d: d['annotations'][0].update(area=None, iscrowd=None))
    document, _ = coco_document(labels)
    _, _, width, height = document['annotations'][0]['bbox']
    assert document['annotations'][0]['area'] == width * height
    assert document['annotations'][0]['iscrowd'] == 0


def test_wrong_categories_and_pictures_name_the_file(tmp_path):
    with pytest.raises(LandmarkError, match=r'\.json: .*joins .left_top. with itself'):
        changed(tmp_path, lambda d: d['categories'][0].update(skeleton=[[1, 1]]))
    with pytest.raises(LandmarkError, match=r'\.json: picture .* is listed twice'):
        changed(tmp_path, lambda d: [i.update(file_name='a.png') for i in d['images']])


def test_fiftyone_needs_sizes(tmp_path):
    labels = made_labels(tmp_path)
    labels.sizes[1] = 0
    with pytest.raises(LandmarkError, match=r'size of picture labeled-data/walk/img002\.png'):
        write_fiftyone(tmp_path / 'out.json', labels)
    assert not (tmp_path / 'out.json').exists()


def test_a_category_of_several_has_to_be_chosen(tmp_path):
    path = made_file(tmp_path)
    data = json.loads(path.read_text())
    data['categories'].append({**data['categories'][0], 'id': 2, 'name': 'circle'})
    data['annotations'][0]['category_id'] = 2
    path.write_text(json.dumps(data))
    with pytest.raises(LandmarkError, match=r"2 categories have keypoints \('square', 'circle'\)"):
        read_coco_labels(path)
    labels = read_coco_labels(path, category='circle')
    assert (len(labels), labels.category) == (1, 'circle')
    assert labels.notes == ('6 annotations of other categories are left out',)


def test_a_link_to_no_keypoint_is_an_error(tmp_path):
    path = made_file(tmp_path)
    data = json.loads(path.read_text())
    data['categories'][0]['skeleton'] = [[0, 1]]
    path.write_text(json.dumps(data))
    with pytest.raises(LandmarkError, match=r'skeleton link \[0, 1\]; expected two positions'):
        read_coco_labels(path)
