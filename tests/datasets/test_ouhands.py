import copy

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.structures import InstanceData
from mmpose.registry import DATASETS, EVALUATORS, MODELS
from raw_hands import (
    COLOUR,
    HAND,
    HEIGHT,
    NAMES,
    WIDTH,
    hand_points,
    hand_release,
    landmark_content,
    landmark_file,
    write_landmarks,
)

from mmlandmark.annotations.ouhands import read_ouhands
from mmlandmark.datasets import coco_keypoints, ouhands
from mmlandmark.datasets.ouhands import META_KEYS
from mmlandmark.errors import LandmarkError

SIZE = (32, 32)
CODEC = {'type': 'LandmarkStandardization', 'input_size': SIZE, 'depth': 'sample'}
PACK = {'type': 'PackPoseInputs', 'meta_keys': ('id', 'img_path', 'img_shape', *META_KEYS)}


@pytest.fixture(autouse=True)
def scope():
    init_default_scope('mmpose')


@pytest.fixture
def root(tmp_path):
    return hand_release(tmp_path / 'OUHANDS')


@pytest.fixture
def log(monkeypatch):
    lines = []
    for module in (ouhands, coco_keypoints):
        monkeypatch.setattr(module, 'print_log', lambda message, **_: lines.append(message))
    return lines


def build(root, split='train', codec=CODEC, flip=0.0, **options):
    pipeline = [
        {'type': 'LoadImage'},
        {'type': 'GetBBoxCenterScale'},
        {'type': 'RandomFlip', 'prob': flip},
        {'type': 'TopdownAffine', 'input_size': SIZE},
        *([{'type': 'GenerateTarget', 'encoder': codec}] if codec else []),
        PACK,
    ]
    cfg = {'type': 'OuhandsDataset', 'data_root': str(root), 'split': split}
    return DATASETS.build({**cfg, 'pipeline': pipeline, **options})


@pytest.mark.parametrize('split', list(NAMES))
def test_samples_are_those_of_the_files(root, split):
    data_set = build(root, split, test_mode=True)
    assert len(data_set) == len(NAMES[split])
    for row, name in enumerate(NAMES[split]):
        sample = data_set[row]['data_samples']
        truth, points = sample.gt_instances, hand_points(row)
        assert np.allclose(truth.keypoints[0], points[:, :2] * [WIDTH, HEIGHT], atol=1e-4)
        assert np.allclose(truth.keypoints_3d[0, :, :2], truth.keypoints[0])
        assert np.allclose(truth.keypoints_3d[0, :, 2], points[:, 2])
        assert truth.bbox_source == ['annotation'] and truth.bboxes.tolist() == [[10, 8, 54, 43]]
        assert (sample.gesture, sample.handedness) == (name[0], 'left')
        assert sample.img_path.endswith(name) and sample.img_shape == (HEIGHT, WIDTH)
        labels = sample.gt_instance_labels
        assert labels.keypoint_labels.shape == (1, 21, 3) and labels.keypoint_weights.all()
        assert np.isclose(labels.keypoint_labels[0, :, 2].std(unbiased=False), 1, atol=1e-5)


def test_the_metainfo_is_that_of_the_schema(root):
    info = build(root).metainfo
    assert info['dataset_name'] == 'ouhands' and info['num_keypoints'] == 21
    assert info['regions']['thumb'] == list(HAND.regions['thumb'])
    assert info['bbox_source'] == 'auto'


def test_lost_pictures_are_in_the_log_and_at_hand(root, log):
    landmark_file(root, 'train', 'B-abc-0003.png').unlink()
    data_set = build(root)
    assert len(data_set) == 3
    assert {k: n for k, n in data_set.without_landmarks.items() if n} == {'B': 1}
    assert data_set.listed['A'] == 2
    assert data_set.depth_scale == read_ouhands(root, 'train').depth_scale()
    assert any('3 hands of 4 pictures; 1 without landmarks (B 1 of 1)' in line for line in log)


def test_files_without_z_are_two_dimensional_and_say_so(root, log):
    flat = landmark_content(hand_points(1), handedness=None)
    for point in flat['landmarks']:
        del point['z']
    write_landmarks(landmark_file(root, 'train', 'A-abc-0002.png'), flat)
    sample = build(root)[1]['data_samples']
    assert np.isnan(sample.gt_instances.keypoints_3d[..., 2]).all()
    assert sample.handedness is None
    labels = sample.gt_instance_labels
    assert labels.keypoint_weights.all() and not labels.coordinate_weights[..., 2].any()
    assert labels.keypoint_labels.isfinite().all()
    assert any('no z, 2-D only' in line for line in log)


def test_nothing_is_written_to_a_cached_sample(root):
    data_set = build(root, flip=1.0, serialize_data=False)
    before = copy.deepcopy(data_set.data_list[2])
    first, second = (data_set[2]['data_samples'] for _ in range(2))
    one, two = first.gt_instance_labels, second.gt_instance_labels
    assert (one.keypoint_labels == two.keypoint_labels).all()
    after = data_set.data_list[2]
    for key in ('keypoints', 'keypoints_3d', 'keypoints_visible', 'bbox'):
        assert np.array_equal(after[key], before[key])


def test_a_flip_moves_points_and_leaves_z_and_the_picture_coordinates(root):
    plain, flipped = (build(root, flip=p)[0]['data_samples'] for p in (0.0, 1.0))
    one, other = (s.gt_instance_labels.keypoint_labels[0] for s in (plain, flipped))
    assert np.allclose(one[:, 1:], other[:, 1:], atol=1e-5)
    assert not np.allclose(one[:, 0], other[:, 0], atol=0.1)
    truth = flipped.gt_instances
    assert np.array_equal(truth.keypoints_3d, plain.gt_instances.keypoints_3d)


@pytest.mark.parametrize('shape', [(HEIGHT, WIDTH), (HEIGHT, WIDTH, 4)])
def test_grey_and_transparent_pictures_have_three_channels(root, shape):
    for name in NAMES['train']:
        cv2.imwrite(str(root / COLOUR / name), np.full(shape, 90, dtype=np.uint8))
    inputs = build(root)[0]['inputs']
    assert inputs.shape == (3, *SIZE) and inputs.max() == 90


def test_the_box_may_be_the_whole_picture(root):
    truth = build(root, bbox_source='picture')[0]['data_samples'].gt_instances
    assert truth.bbox_source == ['picture']
    assert truth.bboxes.tolist() == [[0, 0, WIDTH - 1, HEIGHT - 1]]


def test_a_stock_head_learns_from_two_dimensions(root):
    codec = {'type': 'LandmarkStandardization', 'input_size': SIZE, 'depth': None}
    samples = [build(root, codec=codec)[row]['data_samples'] for row in range(2)]
    head = MODELS.build(
        {'type': 'RegressionHead', 'in_channels': 4, 'num_joints': 21, 'decoder': codec}
    )
    torch.nn.init.zeros_(head.fc.weight)
    feats = (torch.ones(2, 4),)
    assert head.loss(feats, samples)['loss_kpt'] > 0
    (first, _) = head.predict(feats, samples)
    assert first.keypoints.shape == (1, 21, 2)
    assert np.allclose(first.keypoints, (head.fc.bias.detach().view(21, 2) + 1) * SIZE[0] / 2)


def test_a_damaged_picture_is_an_error_or_left_out_and_never_drawn_black(root):
    path = root / COLOUR / 'A-abc-0002.png'
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(LandmarkError, match='colour/A-abc-0002.png: unreadable picture'):
        build(root)
    data_set = build(root, skip_defects=True)
    assert [data_set.get_data_info(i)['gesture'] for i in range(3)] == ['A', 'B', 'K']


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'split': 'val'}, "unknown split 'val' of OUHANDS; expected one of train, validation"),
        ({'bbox_source': 'pictures'}, r"'pictures' \(did you mean 'picture'\?\)"),
        ({'ann_file': 'a.json'}, 'takes no ann_file; expected split and data_root'),
        ({'bbox_file': 'a.json', 'test_mode': True}, 'takes no bbox_file; expected bbox_source'),
        ({'landmarks': 'none'}, 'none/train: no such folder'),
        ({'schema': 'coco17'}, 'A-abc-0001_landmarks.json: .*has 21 points; expected 17'),
    ],
)
def test_wrong_options_are_told_in_one_line(root, options, message):
    with pytest.raises(LandmarkError, match=message):
        build(root, **options)


def test_it_is_a_member_of_several_data_sets(root):
    member = {'type': 'OuhandsDataset', 'data_root': str(root), 'split': 'train', 'pipeline': [
        {'type': 'LoadImage'}, PACK]}  # fmt: skip
    both = DATASETS.build(
        {'type': 'MultiKeypointDataset', 'datasets': {'one': member, 'two': member}}
    )
    assert len(both) == 8 and both[5]['data_samples'].gesture == 'A'


def test_the_config_reads_the_layout_of_the_guide(root, repo, monkeypatch):
    cfg = Config.fromfile(repo / 'configs' / '_base_' / 'datasets' / 'ouhands.py')
    assert tuple(cfg.meta_keys)[-2:] == META_KEYS
    monkeypatch.chdir(root.parent)
    for loader, split in zip(
        (cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader), NAMES, strict=True
    ):
        assert loader.dataset.data_root == 'data/OUHANDS/'
        data_set = DATASETS.build({**loader.dataset, 'data_root': 'OUHANDS'})
        assert len(data_set) == len(NAMES[split])
        assert data_set.test_mode == (split != 'train')


def test_the_config_measures_every_class(root, repo):
    """Predictions three pixels to the right of the labels, except for one class."""
    cfg = Config.fromfile(repo / 'configs' / '_base_' / 'datasets' / 'ouhands.py')
    pack = {'type': 'PackPoseInputs', 'meta_keys': cfg.meta_keys}
    data_set = DATASETS.build(
        {**cfg.test_dataloader.dataset, 'data_root': str(root)}
        | {'pipeline': [{'type': 'LoadImage'}, pack]}
    )
    evaluator = EVALUATORS.build(cfg.test_evaluator)
    evaluator.dataset_meta = data_set.metainfo
    samples = [data_set[row]['data_samples'] for row in range(3)]
    for sample in samples:
        truth = sample.gt_instances
        keypoints = truth.keypoints + [3.0 * (sample.gesture != 'D'), 0]
        sample.pred_instances = InstanceData(keypoints=keypoints)
    evaluator.process(samples)
    figures = evaluator.evaluate(3)
    assert figures['ouhands/MPJPE/pixel'] == pytest.approx(2, abs=1e-5)
    by_class = [figures[f'ouhands/MPJPE/pixel/gesture={gesture}'] for gesture in 'ADE']
    assert np.allclose(by_class, [3, 0, 3], atol=1e-5)
    assert figures['ouhands/PCK/bbox@0.2'] == figures['ouhands/PCK/bbox@0.2/thumb'] == 1
    assert 0.9 < figures['ouhands/AUC/bbox'] < 1


def test_real_hands(shared_data):
    folder = shared_data / 'ouhands_layout'
    data_set = build(folder, 'test', codec={**CODEC, 'depth': 'dataset', 'depth_scale': 0.15},
                     test_mode=True, check_pictures=False)  # fmt: skip
    assert len(data_set) == 289
    labels = data_set[0]['data_samples'].gt_instance_labels.keypoint_labels
    assert labels.isfinite().all() and labels.abs().max() < 2
