import json

import numpy as np
import pytest
from coco_files import make_coco, save
from mmengine.registry import init_default_scope
from mmpose.registry import DATASETS

from datasets.picture_sets import CODEC, write_set
from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.metrics.packing import keypoint_arrays, pack_keypoints
from mmlandmark.schemas import get_schema

DOG, CAT = get_schema('dogflw46'), get_schema('catflw48')
PIPELINE = [
    {'type': 'LoadImage'},
    {'type': 'GetBBoxCenterScale', 'padding': 1.25},
    {'type': 'TopdownAffine', 'input_size': CODEC['input_size']},
    {'type': 'PackPoseInputs'},
]


@pytest.fixture(autouse=True)
def scope():
    init_default_scope('mmpose')


def face_file(schema, count=3):
    """Faces in a 100 by 100 square of pictures of 640 by 480; boxes are tight."""
    rng = np.random.default_rng(0)
    points = rng.uniform(200, 300, (count, schema.num_keypoints, 2)).round(1)
    data = make_coco(points, schema)
    for annotation in data['annotations']:
        annotation |= {'bbox_source': 'annotation', 'bbox_annotation': list(annotation['bbox'])}
    return data


def build(path, data, kind='DogFLWDataset', **options):
    return DATASETS.build({'type': kind, 'ann_file': str(save(path / 'a.json', data)), **options})


@pytest.mark.parametrize(
    ('kind', 'schema', 'name', 'pairs'),
    [('DogFLWDataset', DOG, 'dogflw', 19), ('CatFLWDataset', CAT, 'catflw', 22)],
)
def test_metainfo_has_pairs_regions_and_the_source_of_boxes(tmp_path, kind, schema, name, pairs):
    data_set = build(tmp_path, face_file(schema), kind)
    info = data_set.metainfo
    assert info['dataset_name'] == name
    assert info['num_keypoints'] == len(schema.keypoints)
    assert len({frozenset(pair) for pair in info['flip_pairs']}) == pairs
    assert info['regions'] == {r: list(n) for r, n in schema.regions.items()}
    assert info['bbox_source'] == 'file'
    sample = data_set.get_data_info(0)
    assert sorted(sample['flip_indices']) == list(range(len(schema.keypoints)))
    assert len(data_set) == 3


def test_a_flip_changes_the_sides_of_the_published_pairs(tmp_path):
    """The pairs as the facts of the release have them, by index."""
    flips = build(tmp_path, face_file(DOG)).get_data_info(0)['flip_indices']
    pairs = [(k, k + 1) for k in range(0, 24, 2)]
    pairs += [(26, 27), (28, 29), (30, 31), (33, 34), (36, 37), (39, 40), (43, 44)]
    for one, other in pairs:
        assert (flips[one], flips[other]) == (other, one)
    for middle in (24, 25, 32, 35, 38, 41, 42, 45):
        assert flips[middle] == middle


def test_boxes_are_chosen_anew_and_every_sample_says_from_what(tmp_path):
    data = face_file(DOG)
    away = data['annotations'][1]
    away['bbox_annotation'] = away['bbox'] = [0.0, 0.0, 50.0, 50.0]
    missing = data['annotations'][2]
    missing['bbox_annotation'] = None
    tight = np.array(face_file(DOG)['annotations'][1]['bbox'])
    expected = {
        None: ['annotation', 'annotation', 'annotation'],
        'auto': ['annotation', 'landmarks', 'landmarks'],
        'annotation': ['annotation', 'annotation', 'landmarks'],
        'landmarks': ['landmarks', 'landmarks', 'landmarks'],
    }
    for source, used in expected.items():
        data_set = build(tmp_path, data, bbox_source=source, bbox_margin=0.1)
        samples = [data_set.get_data_info(i) for i in range(3)]
        assert [s['bbox_source'] for s in samples] == [[u] for u in used], source
        box = samples[1]['bbox'][0]
        if used[1] == 'annotation':
            np.testing.assert_allclose(box, [0, 0, 50, 50])
        else:
            low, size = tight[:2], tight[2:]
            np.testing.assert_allclose(box, [*(low - 0.1 * size), *(low + 1.1 * size)], rtol=1e-5)
        assert data_set.metainfo['bbox_source'] == (source or 'file')


def test_missing_points_are_unsupervised(tmp_path):
    data = face_file(DOG)
    data['annotations'][0]['keypoints'][9:12] = [0, 0, 0]
    sample = build(tmp_path, data).get_data_info(0)
    assert sample['keypoints_visible'][0].tolist() == [float(k != 3) for k in range(46)]


def test_a_point_labelled_at_the_origin_is_refused(tmp_path):
    data = face_file(DOG)
    data['annotations'][1]['keypoints'][9:12] = [0, 0, 2]
    with pytest.raises(LandmarkError, match=r'annotation 2: left_ear_inner_lower is labelled at'):
        build(tmp_path, data)


@pytest.mark.parametrize('point', [(-3.0, 250.0), (250.0, 480.5)])
def test_points_outside_the_picture_are_kept_or_ignored(tmp_path, point):
    data = face_file(DOG)
    data['annotations'][0]['keypoints'][:2] = point
    data['annotations'][0]['keypoints'][3:5] = [640.0, 480.0]  # the border belongs to the picture
    kept = build(tmp_path, data)
    assert kept.get_data_info(0)['keypoints_visible'][0].all()
    np.testing.assert_allclose(kept.get_data_info(0)['keypoints'][0, 0], point)
    ignored = build(tmp_path, data, outside='ignore')
    visible = ignored.get_data_info(0)['keypoints_visible'][0]
    assert not visible[0] and visible[1:].all()
    assert ignored.get_data_info(0)['num_keypoints'] == 45
    # CocoMetric would count the point from the file
    assert kept.coco_file and ignored.coco_file is None


def test_wrong_options_and_wrong_points_are_told_in_one_line(tmp_path):
    with pytest.raises(LandmarkError, match=r"bbox_source is 'landmark' \(did you mean 'landmar"):
        build(tmp_path, face_file(DOG), bbox_source='landmark')
    with pytest.raises(LandmarkError, match="outside is 'drop'; expected one of keep, ignore"):
        build(tmp_path, face_file(DOG), outside='drop')
    with pytest.raises(LandmarkError):
        build(tmp_path, face_file(CAT))
    with pytest.raises(LandmarkError, match="bbox_margin is 'wide'"):
        build(tmp_path, face_file(DOG), bbox_margin='wide')
    data = face_file(DOG)
    data['annotations'][1]['bbox_annotation'] = ['a', 1, 2, 3]
    with pytest.raises(LandmarkError, match="annotation 2: 'bbox_annotation' is"):
        build(tmp_path, data, bbox_source='auto')
    data = face_file(DOG)
    del data['images'][0]['width']
    with pytest.raises(LandmarkError, match="image 1 has no 'width'"):
        build(tmp_path, data)


def test_samples_go_through_a_pipeline_with_the_source_of_their_box(tmp_path):
    file = write_set(tmp_path, DOG, 2)
    options = {'data_prefix': {'img': str(tmp_path)}, 'pipeline': PIPELINE}
    data_set = DATASETS.build(
        {'type': 'DogFLWDataset', 'ann_file': str(file), 'bbox_source': 'auto', **options}
    )
    sample = data_set[0]['data_samples']
    assert sample.gt_instances.bbox_source == ['annotation']
    truth = sample.to_dict()['gt_instances']
    packed = keypoint_arrays(
        pack_keypoints([{'pred_instances': truth, 'gt_instances': truth, 'id': sample.id}])
    )
    assert packed.pred.shape == (1, 46, 2)


def test_dogs_and_cats_in_one_data_set(tmp_path):
    members = {}
    for kind, schema, name in (('DogFLWDataset', DOG, 'dogs'), ('CatFLWDataset', CAT, 'cats')):
        file = write_set(tmp_path / name, schema, 2)
        members[name] = {
            'type': kind,
            'ann_file': str(file),
            'data_prefix': {'img': str(file.parent)},
            'bbox_source': 'landmarks',
            'pipeline': PIPELINE,
        }
    both = DATASETS.build({'type': 'MultiKeypointDataset', 'datasets': members})
    samples = [both[index]['data_samples'] for index in range(len(both))]
    assert [s.dataset_name for s in samples] == ['dogs', 'dogs', 'cats', 'cats']
    assert [s.gt_instances.keypoints.shape[1] for s in samples] == [46, 46, 48, 48]
    assert all(s.gt_instances.bbox_source == ['landmarks'] for s in samples)


def test_boxes_are_chosen_in_one_way_only(tmp_path):
    with pytest.raises(LandmarkError, match='bbox_source and bbox_keypoints both'):
        build(tmp_path, face_file(DOG), bbox_source='auto', bbox_keypoints='right_eye')
    for own in ({'bbox_source': 'auto'}, {'bbox_keypoints': 'right_eye'}):
        with pytest.raises(LandmarkError, match='bbox_file and bbox_.* both choose the boxes'):
            build(tmp_path, face_file(DOG), bbox_file='detected.json', test_mode=True, **own)
    data_set = build(tmp_path, face_file(DOG), bbox_keypoints='right_eye', bbox_margin=0.0)
    sample = data_set.get_data_info(0)
    eye = sample['keypoints'][0, DOG.indices('right_eye')]
    np.testing.assert_allclose(sample['bbox'][0], [*eye.min(0), *eye.max(0)], atol=1e-4)
    assert sample['bbox_source'] == ['keypoints']


def test_detected_boxes_are_called_so(tmp_path):
    (tmp_path / 'detected.json').write_text(
        json.dumps([{'image_id': 1, 'category_id': 1, 'bbox': [1, 2, 30, 40], 'score': 0.9}])
    )
    options = {'bbox_file': str(tmp_path / 'detected.json'), 'test_mode': True}
    data_set = build(tmp_path, face_file(DOG), **options)
    assert data_set.metainfo['bbox_source'] == 'detection'
    assert data_set.get_data_info(0)['bbox_source'] == ['detection']


@pytest.mark.parametrize('width', ['640', None, 0, True])
@pytest.mark.parametrize('options', [{}, {'outside': 'ignore'}])
def test_a_picture_without_a_proper_size_is_named(tmp_path, width, options):
    data = face_file(DOG)
    data['images'][1]['width'] = width
    with pytest.raises(LandmarkError, match=r'a\.json: image 2: width .*expected pixels'):
        build(tmp_path, data, **options)
