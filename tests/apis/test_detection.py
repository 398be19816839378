"""A face detector: one training step by the shipped config, then boxes and landmarks with it."""

import importlib.util
import json
import sys

import numpy as np
import pytest

import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
pytest.importorskip('mmdet')
import torch
from mmdet.apis import inference_detector, init_detector
from mmengine.config import Config
from mmengine.runner import Runner

from apis.tiny_faces import landmark_config, make_picture, save_model, write_pictures
from mmlandmark.apis import FaceDetector, FaceLandmarkInferencer, launch
from mmlandmark.apis.detection import DEFAULT_DETECTOR
from mmlandmark.apis.load_model import read_config
from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import get_schema

pytestmark = pytest.mark.slow
SIZE = (128, 128)


def small(node):
    """Make the pictures of every pipeline small, in place."""
    items = node.items() if isinstance(node, dict) else enumerate(node)
    for key, value in list(items):
        if key in ('img_scale', 'scale', 'crop_size', 'size') and min(value) >= 640:
            node[key] = SIZE
        elif isinstance(value, (dict, list)):
            small(value)


def write_faces(folder):
    """Write pictures and files as the converter writes them."""
    paths = write_pictures(folder, 2)
    category = {**get_schema('dogflw46').to_category(), 'name': 'dog_face'}
    images = [
        dict(id=number, file_name=path.name, width=120 + 8 * number, height=90)
        for number, path in enumerate(paths)
    ]
    faces = [
        dict(
            id=image['id'] + 1,
            image_id=image['id'],
            category_id=1,
            iscrowd=0,
            area=3000,
            bbox=[20, 20, 60, 50],
            keypoints=[30, 30, 2] * 46,
            num_keypoints=46,
        )
        for image in images
    ]
    (folder / 'annotations').mkdir()
    for part in ('train', 'val', 'test'):
        content = dict(images=images, annotations=faces, categories=[category])
        (folder / 'annotations' / f'{part}.json').write_text(json.dumps(content))


def small_config(folder):
    """Return the shipped config for the data of a folder, at a fifth of its size."""
    cfg, _ = read_config(DEFAULT_DETECTOR)
    small(cfg._cfg_dict)
    cfg.model.backbone.init_cfg = None
    for part in ('train', 'val', 'test'):
        loader = cfg[f'{part}_dataloader']
        loader.update(batch_size=2, num_workers=0, persistent_workers=False)
        loader.dataset.data_root = str(folder)
    for part in ('val', 'test'):
        cfg[f'{part}_evaluator'].ann_file = str(folder / f'annotations/{part}.json')
    cfg.randomness = dict(seed=0)
    cfg.train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=1, val_interval=1)
    return cfg


@pytest.fixture(scope='module')
def trained(tmp_path_factory, repo):
    """Config and checkpoint of a detector after one step of tools/train.py."""
    folder = tmp_path_factory.mktemp('detector')
    write_faces(folder)
    config = folder / 'detector.py'
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Runner, '_log_env', lambda self, cfg: None)
        patch.setattr('mmengine.config.config.FormatCode', lambda text, **_: (text, True))
        patch.setenv('LOCAL_RANK', '0')
        patch.chdir(folder)
        small_config(folder).dump(config)
        patch.setattr(sys, 'argv', ['train', str(config), '--work-dir', 'work'])
        spec = importlib.util.spec_from_file_location('tool_train', repo / 'tools' / 'train.py')
        tool = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(tool)
        assert launch.run(tool.main, tool.parse_args()) == 0
    return config, folder / 'work' / 'epoch_1.pth'


@pytest.fixture(scope='module')
def detector(trained):
    """The detector, with boxes that are large enough to overlap."""
    detector = FaceDetector(*trained, device='cpu', bbox_thr=0, nms_thr=0.5)
    for layer in detector.model.bbox_head.rtm_reg:
        torch.nn.init.constant_(layer.bias, 2.0)
    return detector


def test_the_trained_detector_knows_one_class(detector):
    assert detector.classes == ('dog_face',)
    assert detector.model.bbox_head.num_classes == 1


def test_boxes_are_those_of_mmdet_in_any_batch(trained, detector):
    reference = init_detector(str(trained[0]), str(trained[1]), device='cpu')
    reference.load_state_dict(detector.model.state_dict())
    pictures = [make_picture(), make_picture(90, 150, seed=1)]
    batch = detector(pictures)
    for picture, (boxes, scores) in zip(pictures, batch, strict=True):
        expected = inference_detector(reference, picture).pred_instances
        assert len(boxes) > 3
        assert (boxes[:, 2:] > boxes[:, :2]).all()
        assert (boxes >= 0).all()
        assert (boxes <= np.tile(picture.shape[1::-1], 2)).all()
        assert (np.diff(scores) <= 0).all()
        height, width = picture.shape[:2]
        corners = expected.bboxes.numpy().clip(0, [width, height, width, height])
        for box, score in zip(boxes, scores, strict=True):
            distance = np.abs(corners - box).max(axis=1)
            assert distance.min() < 1e-2
            assert expected.scores[int(distance.argmin())] == pytest.approx(score, abs=1e-4)


def test_overlaps_and_low_scores_are_dropped(detector, monkeypatch):
    ((boxes, scores),) = detector([make_picture()])
    low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=-1)
    area = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    overlap = shared / (area[:, None] + area - shared)
    assert (overlap[~np.eye(len(boxes), dtype=bool)] <= 0.5 + 1e-6).all()
    middle = float(np.median(scores))
    monkeypatch.setattr(detector, 'bbox_thr', middle)
    ((_, kept),) = detector([make_picture()])
    assert len(kept) == (scores >= middle).sum() < len(scores)
    monkeypatch.setattr(detector, 'bbox_thr', 1.0)
    ((boxes, scores),) = detector([make_picture()])
    assert (boxes.shape, scores.shape) == ((0, 4), (0,))
    assert detector([]) == []


def test_landmarks_of_detected_faces(trained, detector, tmp_path):
    model = save_model(tmp_path, landmark_config())
    inferencer = FaceLandmarkInferencer(*model, *trained, device='cpu', bbox_thr=0)
    # after one step boxes are so small that rounding decides which are kept
    inferencer.detector.model.load_state_dict(detector.model.state_dict())
    pictures = [make_picture(), make_picture(seed=1)]
    found = inferencer.detector(pictures)
    for (boxes, scores), result in zip(found, inferencer(pictures), strict=True):
        assert len(result.faces) == len(boxes) > 0
        np.testing.assert_allclose([f.bbox for f in result.faces], boxes, atol=1e-3)
        np.testing.assert_allclose([f.bbox_score for f in result.faces], scores, atol=1e-5)
    inferencer.detector.bbox_thr = 1.0
    assert [result.faces for result in inferencer(pictures)] == [[], []]


@pytest.fixture(scope='module')
def coco_detector(tmp_path_factory):
    """MMDetection's own RTMDet-tiny of 80 classes, with random weights."""
    folder = tmp_path_factory.mktemp('coco')
    cfg, _ = read_config('mmdet::rtmdet/rtmdet_tiny_8xb32-300e_coco.py')
    cfg.model.backbone.init_cfg = None
    small(cfg._cfg_dict)
    from mmdet.registry import MODELS
    from mmengine.registry import DefaultScope

    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope('mmdet'):
        model = MODELS.build(cfg.model)
    config, checkpoint = folder / 'coco.py', folder / 'coco.pth'
    cfg.dump(config)
    torch.save(dict(state_dict=model.state_dict()), checkpoint)
    return config, checkpoint


def test_of_many_classes_some_must_be_chosen(coco_detector):
    with pytest.raises(LandmarkError, match=r'knows 80 classes \(person, .* and 70 more\)'):
        FaceDetector(*coco_detector, device='cpu')
    with pytest.raises(LandmarkError, match=r"no class 'dgo' \(did you mean 'dog'\?\)"):
        FaceDetector(*coco_detector, device='cpu', classes=['dgo'])
    detector = FaceDetector(*coco_detector, device='cpu', classes=['dog', 'cat'], bbox_thr=0)
    assert detector.classes == ('dog', 'cat')
    found = detector.model.test_step
    labels = []

    def watch(data):
        samples = found(data)
        labels.extend(sample.pred_instances.labels for sample in samples)
        return samples

    detector.model.test_step = watch
    ((boxes, _),) = detector([make_picture()])
    wanted = sum(int(torch.isin(part, torch.tensor([15, 16])).sum()) for part in labels)
    assert len(boxes) <= wanted < sum(len(part) for part in labels)


def test_detectors_that_do_not_fit_are_told(trained, coco_detector, tmp_path):
    cases = [
        ((trained[0], coco_detector[1]), {}, 'it is for 80 classes, the config for 1'),
        ((trained[0], None), {}, 'needs its trained weights'),
        (trained, dict(bbox_thr=2), 'bbox_thr is 2; expected 0 to 1'),
        (trained, dict(device='gpu'), "device 'gpu' cannot be used"),
        (save_model(tmp_path, landmark_config()), {}, 'is a TopdownPoseEstimator; expected a det'),
        (trained, dict(classes=['cat_face']), "knows no class 'cat_face'"),
    ]
    for paths, options, words in cases:
        with pytest.raises(LandmarkError, match=words):
            FaceDetector(*paths, **{'device': 'cpu', **options})


def test_the_shipped_config_is_short_and_of_one_class(repo):
    file = repo / 'configs' / DEFAULT_DETECTOR.partition('::')[2]
    lines = [line for line in file.read_text().splitlines() if line and not line.startswith('#')]
    assert len(lines) <= 60
    cfg = Config.fromfile(file)
    assert cfg.model.bbox_head.num_classes == 1
    for part in ('train', 'val', 'test'):
        assert cfg[f'{part}_dataloader'].dataset.ann_file == f'annotations/{part}.json'
        assert list(cfg[f'{part}_dataloader'].dataset.metainfo.classes) == ['dog_face']
    assert cfg.test_evaluator.ann_file == 'data/DogFLW/annotations/test.json'
