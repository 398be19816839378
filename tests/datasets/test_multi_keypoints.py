import json
import pickle
import random

import numpy as np
import pytest
import torch
from coco_files import CROSS, SQUARE
from mmengine.logging import MessageHub
from mmengine.registry import init_default_scope
from mmpose.registry import DATASETS

from datasets.picture_sets import CODEC, PIPELINE, change, member, two_sets, write_set
from mmlandmark.datasets import MultiKeypointDataset
from mmlandmark.datasets.seeding import SampleIndex
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import KeypointSchema, get_schema

BODIES = {
    'coco': ('CocoDataset', 'coco17'),
    'mpii': ('MpiiDataset', 'mpii16'),
    'aic': ('AicDataset', 'aic14'),
}


@pytest.fixture(autouse=True)
def scope():
    init_default_scope('mmpose')


@pytest.fixture
def configs(tmp_path):
    return two_sets(tmp_path)


@pytest.fixture
def bodies(shared_data):
    folder = shared_data / 'mmpose_samples'
    return {
        name: {
            'type': kind,
            'data_root': str(folder / name),
            'ann_file': f'test_{name}.json',
            'data_prefix': {'img': ''},
            'pipeline': PIPELINE,
        }
        for name, (kind, _) in BODIES.items()
    }


def same(one, two):
    assert torch.equal(one['inputs'], two['inputs'])
    a, b = one['data_samples'], two['data_samples']
    assert torch.equal(a.gt_fields.heatmaps, b.gt_fields.heatmaps)
    np.testing.assert_array_equal(a.gt_instances.keypoints, b.gt_instances.keypoints)
    assert a.flip == b.flip


def test_three_stock_data_sets_are_one(bodies):
    data_set = MultiKeypointDataset(bodies, schemas={k: s for k, (_, s) in BODIES.items()})
    assert data_set.lens == {'coco': 12, 'mpii': 5, 'aic': 9}
    assert (len(data_set), data_set.cumulative_sizes) == (26, [12, 17, 26])
    assert {k: s.name for k, s in data_set.schemas.items()} == {
        k: s for k, (_, s) in BODIES.items()
    }
    files = {k: info['ann_file'] for k, info in data_set.metainfo['datasets'].items()}
    assert files.pop('mpii') is None  # its file is a list of people, not one of COCO
    assert files == {k: data_set.datasets[k].ann_file for k in ('coco', 'aic')}
    for index in range(len(data_set)):
        name, local = data_set.locate(index)
        sample = data_set[index]['data_samples']
        schema = data_set.schemas[name]
        assert sample.dataset_name == name == data_set.get_data_info(index)['dataset_name']
        assert data_set.get_data_info(index)['sample_idx'] == local
        assert sample.gt_instances.keypoints.shape == (1, schema.num_keypoints, 2)
        assert sample.gt_fields.heatmaps.shape == (schema.num_keypoints, 16, 16)
        np.testing.assert_array_equal(sample.flip_indices, schema.flip_indices)


def test_every_member_gives_what_it_gives_alone(bodies):
    data_set = MultiKeypointDataset(bodies)
    members = {name: DATASETS.build(config) for name, config in bodies.items()}
    flips = set()
    for index in range(len(data_set)):
        name, local = data_set.locate(index)
        np.random.seed(index)
        one = data_set[index]
        np.random.seed(index)
        same(one, members[name][local])
        flips.add((name, one['data_samples'].flip))
    assert len(flips) == 6


def test_missing_joints_of_mpii_stay_unlabelled(bodies, shared_data, tmp_path):
    source = shared_data / 'mmpose_samples' / 'mpii' / 'test_mpii.json'
    people = json.loads(source.read_text())
    for person in people:
        person['joints'][0] = person['joints'][9] = [-1.0, -1.0]
        person['joints_vis'][0] = person['joints_vis'][9] = 0
    (tmp_path / 'mpii.json').write_text(json.dumps(people))
    bodies['mpii']['ann_file'] = str(tmp_path / 'mpii.json')
    data_set = MultiKeypointDataset({'mpii': bodies['mpii']}, schemas={'mpii': 'mpii16'})
    schema = get_schema('mpii16')
    missing = schema.indices(['right_ankle', 'head_top'])
    flipped = schema.flip_indices[missing]
    for index in range(len(data_set)):
        sample = data_set[SampleIndex(index, index)]['data_samples']
        weights = sample.gt_instance_labels.keypoint_weights[0]
        gone = flipped if sample.flip else missing
        assert not weights[gone].any()
        assert not sample.gt_fields.heatmaps[gone].any()
        assert weights.sum() >= 10


def test_the_name_reaches_the_pipeline_and_samples_whose_pipeline_drops_it(configs):
    seen = []
    note = lambda results: seen.append(results['dataset_name']) or results  # noqa: E731
    for config in configs.values():
        pack = {'type': 'PackPoseInputs', 'meta_keys': ('id', 'img_id', 'flip_indices')}
        config['pipeline'] = [*PIPELINE[:-1], note, pack]
    data_set = MultiKeypointDataset(configs)
    assert [data_set[i]['data_samples'].dataset_name for i in (0, 10)] == ['square', 'cross']
    assert seen == ['square', 'cross']


def test_two_data_sets_of_one_class_keep_their_files(bodies, tmp_path, shared_data):
    hub = MessageHub.get_current_instance()
    first = shared_data / 'mmpose_samples' / 'coco' / 'test_coco.json'
    second = tmp_path / 'second.json'
    second.write_text(first.read_text())
    one = {**bodies['coco'], 'test_mode': True}
    two = {**one, 'ann_file': str(second)}
    # MMPose keeps one file a class: the last
    DATASETS.build(one), DATASETS.build(two)
    assert hub.get_info('coco_ann_file') == str(second)
    hub.update_info('coco_ann_file', 'untouched')
    data_set = MultiKeypointDataset({'large': one, 'small': two})
    assert hub.get_info('large_ann_file') == str(first)
    assert hub.get_info('small_ann_file') == str(second)
    assert hub.get_info('coco_ann_file') == 'untouched'
    hub.pop_info('coco_ann_file')
    MultiKeypointDataset({'large': one, 'small': two})
    assert hub.get_info('coco_ann_file') is None
    files = {name: info['ann_file'] for name, info in data_set.metainfo['datasets'].items()}
    assert files == {'large': str(first), 'small': str(second)}


def test_metainfo_is_that_of_each_member_and_survives_a_checkpoint(configs, tmp_path):
    data_set = MultiKeypointDataset(configs)
    info = data_set.metainfo
    assert info['dataset_name'] == 'square+cross'
    assert info['num_keypoints'] == 4
    assert info['datasets']['cross']['num_keypoints'] == 3
    assert info['datasets']['cross']['dataset_name'] == 'cross'
    assert info['datasets']['cross']['schema'] == CROSS
    torch.save(info, tmp_path / 'meta.pth')
    loaded = torch.load(tmp_path / 'meta.pth', weights_only=True)
    assert loaded['datasets']['square']['schema'] == SQUARE


def test_a_seeded_sample_is_the_same_anywhere_and_leaves_the_random_state_alone(configs):
    data_set = MultiKeypointDataset(configs)
    twin = pickle.loads(pickle.dumps(data_set))
    index = pickle.loads(pickle.dumps(SampleIndex(3, 77)))
    assert (index, index.seed) == (3, 77)
    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    expected = random.random(), np.random.rand(), torch.rand(1)
    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    first = data_set[index]
    assert (random.random(), np.random.rand(), torch.rand(1)) == expected
    same(first, twin[index])
    others = [data_set[SampleIndex(3, seed)]['inputs'] for seed in range(4)]
    assert any(not torch.equal(first['inputs'], other) for other in others)


def test_samples_are_counted_through_the_members(configs):
    data_set = MultiKeypointDataset(configs)
    assert [data_set.locate(i) for i in (0, 9, 10, -1)] == [
        ('square', 0),
        ('square', 9),
        ('cross', 0),
        ('cross', 3),
    ]
    for index in (14, -15):
        with pytest.raises(IndexError, match=f'sample {index} of 14'):
            data_set[index]


def test_files_are_read_when_first_needed_if_asked(configs):
    data_set = MultiKeypointDataset(configs, lazy_init=True, test_mode=True)
    assert data_set.metainfo['datasets']['square']['num_keypoints'] == 4
    assert not data_set.datasets['square']._fully_initialized
    assert len(data_set) == 14
    assert data_set.datasets['cross'].test_mode


def test_data_sets_that_are_built_already_can_be_members(configs):
    built = {name: DATASETS.build(config) for name, config in configs.items()}
    same(
        MultiKeypointDataset(built)[SampleIndex(11, 5)],
        MultiKeypointDataset(configs)[SampleIndex(11, 5)],
    )


@pytest.mark.parametrize('serialize', [True, False])
def test_part_of_a_member_can_be_used(configs, serialize):
    configs['square'].update(indices=3, serialize_data=serialize)
    data_set = MultiKeypointDataset(configs)
    assert data_set.lens == {'square': 3, 'cross': 4}
    assert data_set[2]['data_samples'].id == 103


def _stock(configs, file, edit):
    """A stock CocoDataset over a square file, labelled in the square schema."""
    metainfo = SQUARE.to_metainfo()
    config = {k: v for k, v in configs['square'].items() if k != 'schema'}
    return {
        **config,
        'type': 'CocoDataset',
        'ann_file': str(change(file, edit)),
        'metainfo': metainfo,
    }


@pytest.mark.parametrize(
    ('edit', 'message'),
    [
        (
            lambda d: d['annotations'][1].update(keypoints=[1.0] * 9),
            "annotation 102 has 3 keypoints; schema 'square' has 4",
        ),
        (
            lambda d: d['annotations'][1].update(keypoints=[1.0] * 10),
            "annotation 102 has 10 numbers; the 4 keypoints of schema 'square' need 12",
        ),
        (
            lambda d: d['annotations'][2]['keypoints'].__setitem__(4, float('nan')),
            "annotation 103: 'right_top' is labelled but lies at .*nan",
        ),
        (
            lambda d: d['categories'][0]['keypoints'].reverse(),
            "has 'right_bottom' as keypoint 0; schema 'square' has it as 3",
        ),
        (
            lambda d: d['categories'][0].update(keypoints=['Right top', 'Left-Top']),
            "has 'Right top' as keypoint 0; schema 'square' has it as 1",
        ),
        (lambda d: d['annotations'].clear(), 'no usable samples; expected at least 1'),
    ],
)
def test_a_stock_data_set_that_does_not_match_its_schema_is_refused(tmp_path, edit, message):
    configs = two_sets(tmp_path)
    file = tmp_path / 'square' / 'annotations.json'
    configs['square'] = _stock(configs, file, edit)
    with pytest.raises(LandmarkError, match=message) as error:
        MultiKeypointDataset(configs)
    assert str(error.value).startswith(f"data set 'square': {file}: ")


def test_a_member_that_cannot_be_read_is_named(configs, tmp_path):
    (tmp_path / 'square' / 'annotations.json').write_text('{')
    with pytest.raises(LandmarkError, match="data set 'square': .*the file ends too early"):
        MultiKeypointDataset(configs)
    configs['square'] = {
        **_stock(configs, tmp_path / 'cross' / 'annotations.json', len),
        'ann_file': 'x',
    }
    with pytest.raises(LandmarkError, match="data set 'square': x: cannot be read"):
        MultiKeypointDataset(configs)


def test_names_that_a_schema_has_not_are_reported_not_refused(configs, tmp_path, monkeypatch):
    file = tmp_path / 'square' / 'annotations.json'
    rename = lambda d: d['categories'][0]['keypoints'].__setitem__(1, 'tip')  # noqa: E731
    configs['square'] = _stock(configs, file, rename)
    lines = []
    monkeypatch.setattr(
        'mmlandmark.datasets.member_loading.print_log', lambda m, **_: lines.append(m)
    )
    MultiKeypointDataset(configs)
    assert 'calls keypoints tip;' in lines[0]


def test_two_definitions_under_one_name_are_refused(configs, tmp_path):
    other = KeypointSchema('square', SQUARE.keypoints, SQUARE.swaps[:1])
    configs['again'] = member(write_set(tmp_path / 'again', other, 2), other)
    with pytest.raises(LandmarkError) as error:
        MultiKeypointDataset(configs)
    assert str(error.value) == (
        "data sets 'square' and 'again' define schema 'square' differently: keypoint "
        "'left_bottom' swaps with 'right_bottom' in 'square', with 'left_bottom' in 'again'; "
        "keypoint 'right_bottom' swaps with 'left_bottom' in 'square', with 'right_bottom' in "
        "'again'"
    )
    configs['again'] = configs['square']
    assert list(MultiKeypointDataset(configs).schemas) == ['square', 'cross', 'again']


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'schemas': {'square': 'coco17'}}, "data set 'square' is not labelled in schema 'coco17'"),
        ({'schemas': {'sqare': 'coco17'}}, "no data set 'sqare' .did you mean 'square'"),
        ({'datasets': {}}, 'no dict'),
        ({'datasets': []}, 'no dict'),
        ({'datasets': {'a.b': {}}}, "data set name 'a.b'"),
    ],
)
def test_wrong_settings_are_named(configs, options, message):
    with pytest.raises(LandmarkError, match=message):
        MultiKeypointDataset(**{'datasets': configs, **options})


@pytest.mark.parametrize(
    ('config', 'found'),
    [
        ({'type': 'PairedKeypointDataset'}, 'is PairedKeypointDataset;'),
        ({'type': 'CombinedDataset'}, 'is CombinedDataset;'),
        ({'type': 'NoSuchDataset'}, "is {'type': 'NoSuchDataset'};"),
        ({'ann_file': 'x'}, "is {'ann_file': 'x'};"),
        ('coco', 'is str;'),
    ],
)
def test_what_loads_no_pictures_or_several_sets_is_no_member(config, found):
    with pytest.raises(LandmarkError, match=f"data set 'x' {found} expected the config of one"):
        MultiKeypointDataset({'x': config})


def test_codec_and_pipeline_are_the_members_own(configs):
    other = {**CODEC, 'heatmap_size': (8, 8)}
    pipeline = [*PIPELINE[:-2], {'type': 'GenerateTarget', 'encoder': other}, PIPELINE[-1]]
    configs['cross']['pipeline'] = pipeline
    data_set = MultiKeypointDataset(configs)
    shapes = [tuple(data_set[i]['data_samples'].gt_fields.heatmaps.shape) for i in (0, 10)]
    assert shapes == [(4, 16, 16), (3, 8, 8)]
