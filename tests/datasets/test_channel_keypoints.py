import copy
import json

import cv2
import numpy as np
import pytest
import torch
from channel_files import SIZES, coco_document, json_document, write
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.runner import Runner
from mmpose.registry import DATASETS

from mmlandmark.datasets import ChannelKeypointDataset, channel_keypoints
from mmlandmark.errors import LandmarkError

LOAD = [{'type': 'LoadChannelImage'}, {'type': 'PackChannelInputs'}]
COCO = {'corner': ['c1', 'c2'], 'flap': ['f1']}


@pytest.fixture(autouse=True)
def scope():
    with DefaultScope.overwrite_default_scope('mmpose'):
        yield


@pytest.fixture
def log(monkeypatch):
    lines = []
    monkeypatch.setattr(channel_keypoints, 'print_log', lambda line, **_: lines.append(line))
    return lines


@pytest.fixture
def root(tmp_path):
    write(tmp_path, coco_document(), 'coco.json')
    return write(tmp_path, json_document()).parent


def build(root, ann_file='train.json', pipeline=LOAD, **options):
    return DATASETS.build(
        {
            'type': 'ChannelKeypointDataset',
            'data_root': str(root),
            'ann_file': ann_file,
            'pipeline': copy.deepcopy(pipeline),
            **options,
        }
    )


def test_samples_of_both_forms(root, log):
    published, coco = build(root), build(root, 'coco.json', channels=COCO, dataset_name='boxes')
    assert [d.metainfo['channels'] for d in (published, coco)] == [('corner', 'flap')] * 2
    for data_set in (published, coco):
        assert len(data_set) == 3
        for sample, (file, size) in zip(data_set, SIZES.items(), strict=True):
            assert sample['inputs'].shape == (3, *size[::-1])
            assert sample['data_samples'].img_path == str(root / file)
        empty = data_set[2]['data_samples'].gt_instances
        assert empty.points.shape == (0, 2) and empty.channels.shape == (0,)
    first = coco[0]['data_samples']
    assert first.dataset_name == 'boxes' and first.img_id == 0
    assert first.gt_instances.points.tolist() == [[40, 20], [7, 8], [9, 10.125]]
    assert first.gt_instances.channels.tolist() == [0, 0, 1]
    torch.testing.assert_close(
        published[0]['data_samples'].gt_instances.depths,
        torch.tensor([torch.nan, torch.nan, torch.nan, 2.5, torch.nan]),
        equal_nan=True,
    )
    assert log[0].endswith('3 pictures, 1 of them without keypoints; keypoints: 4 corner, 2 flap')


def test_a_sample_in_the_pipeline(root):
    info = build(root, 'coco.json', pipeline=[], channels=COCO)[1]
    assert info['channel_names'] == ('corner', 'flap') and info['ori_shape'] == (24, 16)
    assert info['channel_points'].dtype == np.float32 and info['channel_ids'].dtype == np.int64
    assert info['channel_points'].tolist() == [[1.25, 2.5], [3, 4], [5, 6], [11, 12]]
    assert np.isnan(info['channel_depths']).all() and info['dropped_points'].tolist() == [0, 0]
    assert info['to_picture'].tolist() == np.eye(2, 3).tolist()


def test_options_of_the_readers_are_handed_on(root, log):
    seen = build(root, 'coco.json', channels=COCO, min_visibility=2)
    assert seen.pictures.counts().sum() == 5
    assert log[1].endswith('coco.json: left out of the whole file: 2 hidden keypoints')
    above = build(root, origin='top-left')[1]['data_samples'].gt_instances.points
    assert above.tolist() == [[0, 6]]
    with pytest.raises(LandmarkError, match="channel 'corner' has 3 keypoints; max_keypoints is 2"):
        build(root, max_keypoints=2)
    with pytest.raises(LandmarkError, match="has no list 'dataset'"):
        build(root, 'coco.json', format='json')


def test_pictures_are_beside_the_file_without_a_root(root):
    data_set = ChannelKeypointDataset(str(root / 'train.json'))
    assert data_set[0]['img_path'] == str(root / 'images/a.png')
    other = write(root / 'labels', {'dataset': json_document()['dataset']}).parent
    for file in SIZES:
        (other / file).unlink()
    moved = build(root / 'labels', data_prefix={'img': '..'})
    assert moved[0]['data_samples'].ori_shape == (20, 40)


def test_the_parts_of_a_file_share_no_picture(root, log):
    parts = {p: build(root, split=p, val_fraction=0.34) for p in ('train', 'val')}
    files = {p: [s['data_samples'].img_path for s in d] for p, d in parts.items()}
    assert sorted(files['train'] + files['val']) == [str(root / file) for file in SIZES]
    assert (len(files['train']), len(files['val'])) == (2, 1)
    assert "part 'val': 1 pictures" in log[1]
    (root / 'val.txt').write_text('images/b.png')
    listed = build(root, split='val', split_file='val.txt')
    assert [s['data_samples'].img_path for s in listed] == [str(root / 'images/b.png')]
    with pytest.raises(LandmarkError, match='split_file without split'):
        build(root, split_file='val.txt')


def test_validation_is_never_augmented(root):
    for transform in (
        {'type': 'RandomChannelAffine'},
        {'type': 'JitterColor'},
        {'type': 'RandomFlip'},
        {'type': 'mmcv.RandomApply', 'transforms': [{'type': 'PadChannels', 'divisor': 8}]},
    ):
        pipeline = [LOAD[0], transform, LOAD[1]]
        build(root, pipeline=pipeline)
        with pytest.raises(LandmarkError, match='test_mode=True and .* never augmented'):
            build(root, pipeline=pipeline, test_mode=True)
    parted = {'split': 'val', 'val_fraction': 0.34}
    with pytest.raises(LandmarkError, match="channels: split='val' and RandomChannelAffine in the"):
        build(root, pipeline=[LOAD[0], {'type': 'RandomChannelAffine'}, LOAD[1]], **parted)
    plain = build(root, pipeline=[LOAD[0], {'type': 'ResizeChannels', 'size': (8, 8)}, LOAD[1]])
    assert all(sample['inputs'].shape == (3, 8, 8) for sample in plain)


def test_channels_are_known_before_the_file_is_read(root):
    data_set = build(root, channels={'flap': 'flap'}, lazy_init=True, flip_channels=())
    assert data_set.metainfo['channels'] == ('flap',) and data_set.pictures is None
    with pytest.raises(
        LandmarkError, match=r"channels: flip_channels: no channel 'flop' \(did you"
    ):
        build(root, flip_channels=[('corner', 'flop')])


def test_pictures_that_changed_are_named(root):
    cv2.imwrite(str(root / 'images/b.png'), np.zeros((9, 9, 3), np.uint8))
    with pytest.raises(
        LandmarkError, match=r'entry 1 \(images/b.png\): the picture is 9x9; the ann'
    ):
        build(root, 'coco.json', channels=COCO)
    late = build(root, 'coco.json', channels=COCO, check_pictures=False)
    with pytest.raises(LandmarkError, match='b.png: the picture is 9x9; the annotations of'):
        late[1]


def test_the_metainfo_survives_a_checkpoint_that_runs_no_code(root, tmp_path):
    torch.save(build(root, flip_channels=[('corner', 'flap')]).metainfo, tmp_path / 'x.pth')
    loaded = torch.load(tmp_path / 'x.pth', weights_only=True)
    assert loaded['flip_channels'] == (('corner', 'flap'),)


def test_pictures_of_different_sizes_go_through_a_loader(root):
    loader = Runner.build_dataloader(
        {
            'batch_size': 3,
            'num_workers': 0,
            'sampler': {'type': 'DefaultSampler', 'shuffle': False},
            'dataset': build(root),
        }
    )
    (batch,) = loader
    assert [tuple(one.shape) for one in batch['inputs']] == [(3, 20, 40), (3, 24, 16), (3, 10, 10)]


def test_the_loaders_of_boxes(repo, root):
    for part in ('val', 'test'):
        (root / f'{part}.json').write_text(json.dumps(json_document()))
    cfg = Config.fromfile(repo / 'configs/_base_/datasets/channel_boxes.py')
    for part in ('train', 'val', 'test'):
        dataset = cfg[f'{part}_dataloader'].dataset
        dataset.data_root = str(root)
        samples = list(DATASETS.build(dataset))
        assert [tuple(sample['inputs'].shape) for sample in samples] == [(3, 128, 128)] * 3
        shapes = [sample['data_samples'].img_shape for sample in samples]
        if part != 'train':
            assert shapes == [(64, 128), (128, 85), (128, 128)]
    assert cfg.val_evaluator.thresholds == (2, 4)
