import numpy as np
import pytest
from coco_files import CROSS, SQUARE
from mmengine.logging import MessageHub
from mmengine.registry import init_default_scope
from mmpose.datasets import CocoDataset
from mmpose.registry import DATASETS

from datasets.picture_sets import PIPELINE, change, member, write_set
from mmlandmark.datasets import CocoKeypointDataset
from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.metrics.packing import keypoint_arrays, pack_keypoints

# What follows from the links of a schema, which each library draws as it likes
DRAWING = ('skeleton_links', 'dataset_name')


@pytest.fixture(autouse=True)
def scope():
    init_default_scope('mmpose')


@pytest.fixture
def file(tmp_path):
    return write_set(tmp_path, SQUARE, 5)


def build(file, schema=SQUARE, **options):
    return DATASETS.build(member(file, schema, **options))


@pytest.mark.parametrize('mode', ['topdown', 'bottomup'])
def test_a_coco_file_gives_the_samples_of_mmpose(shared_data, mode):
    file = shared_data / 'mmpose_samples' / 'coco' / 'test_coco.json'
    options = {'data_prefix': {'img': str(file.parent)}, 'data_mode': mode}
    theirs = CocoDataset(str(file), **options)
    ours = CocoKeypointDataset(file, 'coco17', **options)
    assert len(ours) == len(theirs) > 0
    for index in range(len(ours)):
        one, two = ours.get_data_info(index), theirs.get_data_info(index)
        assert set(one) == set(two)
        for key in set(one) - {*DRAWING}:
            np.testing.assert_equal(one[key], two[key], err_msg=key)


def test_a_training_sample_is_that_of_mmpose_flips_and_all(shared_data):
    file = shared_data / 'mmpose_samples' / 'coco' / 'test_coco.json'
    options = {'data_prefix': {'img': str(file.parent)}, 'pipeline': PIPELINE}
    samples = []
    for data_set in (
        CocoDataset(str(file), **options),
        CocoKeypointDataset(file, 'coco17', dataset_name='coco', **options),
    ):
        np.random.seed(3)
        samples.append([data_set[index] for index in range(len(data_set))])
    assert len({sample['data_samples'].flip for sample in samples[0]}) == 2
    for theirs, ours in zip(*samples, strict=True):
        np.testing.assert_array_equal(theirs['inputs'], ours['inputs'])
        one, two = theirs['data_samples'], ours['data_samples']
        np.testing.assert_array_equal(one.gt_fields.heatmaps, two.gt_fields.heatmaps)
        np.testing.assert_array_equal(
            one.gt_instance_labels.keypoint_weights, two.gt_instance_labels.keypoint_weights
        )


def test_names_in_another_order_are_brought_into_the_schemas(file):
    before = build(file).get_data_info(0)

    def reverse(data):
        data['categories'][0]['keypoints'].reverse()
        for annotation in data['annotations']:
            row = np.array(annotation['keypoints']).reshape(-1, 3)[::-1]
            annotation['keypoints'] = row.ravel().tolist()

    data_set = build(change(file, reverse))
    after = data_set.get_data_info(0)
    np.testing.assert_array_equal(before['keypoints'], after['keypoints'])
    assert after['raw_ann_info']['keypoints'] == before['raw_ann_info']['keypoints']
    assert data_set.coco_file is None


def test_another_field_can_be_read(file):
    def move(data):
        for entry in (*data['annotations'], *data['categories']):
            entry['keypoints_target'] = entry.pop('keypoints')

    data_set = build(change(file, move), keypoints_field='keypoints_target', test_mode=True)
    info = data_set.get_data_info(0)
    assert info['keypoints'].shape == (1, 4, 2)
    assert 'keypoints_target' not in info['raw_ann_info']
    assert info['raw_ann_info']['num_keypoints'] == 4
    # else CocoMetric would look for these keypoints in the file
    assert MessageHub.get_current_instance().get_info('square_ann_file') is None


def test_the_file_is_offered_to_coco_metric_only_in_test_mode(file):
    build(file, dataset_name='mine', test_mode=True)
    assert MessageHub.get_current_instance().get_info('mine_ann_file') == str(file)


def test_unlabelled_points_influence_nothing(file):
    def spoil(data):
        data['annotations'][0]['keypoints'][3:6] = [9999.0, -50.0, 0]
        data['annotations'][0]['keypoints'][6:9] = [0.0, 0.0, 0]

    sample = build(change(file, spoil))[0]['data_samples']
    weights = sample.gt_instance_labels.keypoint_weights.numpy()
    assert sorted(weights[0].tolist()) == [0, 0, 1, 1]
    empty = np.flatnonzero(weights[0] == 0)
    assert not sample.gt_fields.heatmaps[empty].any()


def test_a_missing_box_is_the_one_around_the_labelled_points(file):
    def drop(data):
        del data['annotations'][0]['bbox']
        data['annotations'][0]['keypoints'][:3] = [0, 0, 0]

    info = build(change(file, drop)).get_data_info(0)
    points = info['keypoints'][0, 1:]
    np.testing.assert_allclose(info['bbox'][0], [*points.min(0), *points.max(0)], atol=1e-4)


def test_what_is_left_out_is_counted(file, monkeypatch):
    def edit(data):
        first, second, third, *_ = data['annotations']
        first['iscrowd'] = 1
        second['keypoints'] = [0, 0, 0] * 4
        third['bbox'] = [5, 5, 0, 0]
        data['categories'].append({'id': 2, 'name': 'other', 'keypoints': ['x']})
        data['annotations'].append({**third, 'id': 999, 'category_id': 2, 'keypoints': [1, 1, 2]})

    lines = []
    monkeypatch.setattr(
        'mmlandmark.datasets.coco_keypoints.print_log', lambda m, **_: lines.append(m)
    )
    assert len(build(change(file, edit))) == 2
    assert lines[0].endswith(
        '2 instances; left out: 1 of another category, 3 crowd, unlabelled or with an empty box'
    )


def test_numbers_of_annotations_reach_the_metrics(file):
    def edit(data):
        for number, annotation in enumerate(data['annotations'][1:]):
            annotation.update(head_size=10.5 + number, eye_distance=3 + number)

    data_set = build(change(file, edit), extra_fields=['head_size', 'eye_distance', 'absent'])
    samples = [data_set[i]['data_samples'] for i in range(2)]
    assert np.isnan(samples[0].gt_instances.head_size).all()
    assert samples[1].gt_instances.head_size.tolist() == [[10.5]]
    assert 'absent' not in samples[1].gt_instances
    samples[1].pred_instances = samples[1].gt_instances
    packed = keypoint_arrays(pack_keypoints([samples[1].to_dict()], ('eye_distance',)))
    assert packed.fields['eye_distance'].tolist() == [3]


@pytest.mark.parametrize(
    ('edit', 'message'),
    [
        (lambda d: d['annotations'][1]['keypoints'].pop(), 'annotation 102: .* has 11 numbers'),
        (
            lambda d: d['annotations'][2]['keypoints'].__setitem__(4, 'x'),
            "annotation 103: 'keypoints' holds 'x' at right_top",
        ),
        (
            lambda d: d['categories'][0]['keypoints'].__setitem__(0, 'left_tip'),
            "does not carry schema 'square'.*left_tip .did you mean 'left_top'",
        ),
        (lambda d: d['annotations'].clear(), 'annotations.json: 0 instances.*expected at least 1'),
        (lambda d: d['images'][0].pop('width'), "image 1 has no 'width'"),
        (
            lambda d: d['annotations'][0].update(head_size='big'),
            "annotation 101: 'head_size' is 'big'; expected a number",
        ),
        (
            lambda d: d['annotations'][3]['keypoints'].__setitem__(0, float('nan')),
            r'annotations\[3\] \(id 104\)\.keypoints\[0\] is nan',
        ),
    ],
)
def test_a_wrong_file_is_named_with_its_entry(file, edit, message):
    with pytest.raises(LandmarkError, match=message) as error:
        build(change(file, edit))
    assert str(file) in str(error.value)


def test_a_file_of_another_schema_is_refused(file):
    with pytest.raises(LandmarkError, match="does not carry schema 'cross'"):
        build(file, CROSS)


def test_metainfo_is_the_schemas_and_cannot_be_given_twice(file):
    data_set = build(file, dataset_name='mine')
    assert data_set.metainfo['schema'] == SQUARE
    assert data_set.metainfo['dataset_name'] == 'mine'
    assert data_set.metainfo['flip_indices'] == SQUARE.flip_indices.tolist()
    with pytest.raises(LandmarkError, match='takes its metainfo from schema'):
        build(file, metainfo={})


def test_both_labellings_of_a_file_of_pairs_can_be_read(shared_data):
    file = shared_data / 'face68_face48' / 'val.json'
    options = {'data_prefix': {'img': str(file.parent / 'images')}, 'pipeline': PIPELINE}
    for schema, field, count in (
        ('face68', 'keypoints', 68),
        ('face48', 'keypoints_target', 48),
    ):
        data_set = CocoKeypointDataset(file, schema, keypoints_field=field, **options)
        assert data_set[0]['data_samples'].gt_instances.keypoints.shape == (1, count, 2)
        assert len(data_set) == 484


def test_boxes_around_chosen_keypoints(file):
    def hide(data):
        data['annotations'][1]['keypoints'][:3] = [0, 0, 0]
        data['annotations'][2]['keypoints'][:6] = [0] * 6

    chosen = ['left_top', 'right_top']
    data_set = build(change(file, hide), bbox_keypoints=chosen, bbox_margin=0.5)
    # one point spans no area, none has no box
    assert len(data_set) == 3
    sample = data_set.get_data_info(0)
    points = sample['keypoints'][0][[SQUARE.index(name) for name in chosen]]
    low, size = points.min(0), np.ptp(points, axis=0)
    box = np.clip([*(low - size / 2), *(low + 1.5 * size)], 0, [63, 47, 63, 47])
    np.testing.assert_allclose(sample['bbox'][0], box, atol=1e-4)
    assert sample['bbox_source'] == ['keypoints']
    with pytest.raises(LandmarkError, match='left_tip'):
        build(file, bbox_keypoints='left_tip')
