"""A model of dog faces tested on MMPose's sample of Animal-Pose by the shipped config."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
import torch  # noqa: E402
from mmengine.config import Config  # noqa: E402
from mmengine.evaluator import Evaluator  # noqa: E402
from mmengine.registry import DefaultScope  # noqa: E402
from mmengine.runner import Runner  # noqa: E402
from mmpose.registry import DATASETS, MODELS  # noqa: E402
from models.heads.peak_model import FLIP, estimator, inputs, peak_head  # noqa: E402

from configs.tiny import NARROW  # noqa: E402
from mmlandmark.schemas import get_mapping, locate  # noqa: E402

CONFIG = locate.configs_root() / 'cross_eval/td-hm_hrnet-w32_dogflw-256x256_on-animalpose.py'
MAPPING = get_mapping('dogflw46-to-animalpose20')
FACE = ['L_Eye', 'R_Eye', 'L_EarBase', 'R_EarBase', 'Nose']


@pytest.fixture(autouse=True)
def scope():
    with DefaultScope.overwrite_default_scope('mmpose'):
        yield


@pytest.fixture
def cfg(shared_data) -> Config:
    """The config with MMPose's sample in the place of the data."""
    folder = shared_data / 'mmpose_samples' / 'animalpose'
    cfg = Config.fromfile(CONFIG)
    cfg.test_dataloader.dataset.update(
        data_root='',
        ann_file=str(folder / 'test_animalpose.json'),
        data_prefix=dict(img=str(folder)),
    )
    cfg.test_dataloader.update(num_workers=0, persistent_workers=False)
    return cfg


def test_the_config_is_short():
    assert len(CONFIG.read_text().splitlines()) < 40


def test_boxes_hold_the_faces_and_not_the_bodies(cfg):
    dataset = DATASETS.build(cfg.test_dataloader.dataset)
    assert len(dataset) == 2
    for index in range(2):
        sample = dataset.get_data_info(index)
        x1, y1, x2, y2 = sample['bbox'][0]
        face = sample['keypoints'][0, :5]
        assert (face >= [x1, y1]).all() and (face <= [x2, y2]).all()
        _, _, width, height = dataset.get_data_info(index)['raw_ann_info']['bbox']
        assert sample['bbox_source'] == ['keypoints'] and x2 - x1 == pytest.approx(width, abs=3)
        assert (x2 - x1) * (y2 - y1) < 0.3 * 300 * 240


def test_a_perfect_model_of_dog_faces_finds_the_faces_of_animals(cfg):
    dataset = DATASETS.build(cfg.test_dataloader.dataset)
    made = [dataset[i]['data_samples'] for i in range(len(dataset))]
    labels = np.concatenate([s.gt_instances.keypoints for s in made])
    # a dog's eye lies where the animal's does: all points that a target is the mean of
    points = np.repeat(labels[:, [MAPPING.target.index('Throat')]], 46, axis=1)
    for name in FACE:
        target = MAPPING.target.index(name)
        points[:, MAPPING.matrix[target] > 0] = labels[:, [target]]
    scale, center, size = (
        np.array([s.metainfo[key] for s in made], dtype=np.float64)[:, None]
        for key in ('input_scale', 'input_center', 'input_size')
    )
    size_wh = made[0].metainfo['input_size']
    batch = inputs((points - center + scale / 2) / scale * size, size=size_wh)
    codec = dict(type='MSRAHeatmap', input_size=size_wh, heatmap_size=size_wh, sigma=2)
    head = dict(type='ConvertedHead', head=peak_head('dogflw46') | dict(decoder=codec))
    model = estimator('dogflw46', head | dict(conversion=cfg.model.head.conversion), FLIP)
    with torch.no_grad():
        predictions = model(batch, made, mode='predict')
    evaluator = Evaluator(cfg.test_evaluator)
    evaluator.dataset_meta = dataset.metainfo
    evaluator.process(predictions)
    figures = evaluator.evaluate(len(made))
    assert figures['covered/PCK/bbox@0.1'] == 1
    # half a pixel of the input or less, over the distance of the eyes
    assert figures['covered/NME/eyes'] < 3
    assert figures['coverage/keypoints'] == 5 / 20
    assert all(figures[f'covered/NME/eyes/{name}'] < 6 for name in FACE)
    swapped = points[:, MAPPING.source.flip_indices]
    with torch.no_grad():
        batch = inputs((swapped - center + scale / 2) / scale * size, size=size_wh)
        evaluator.process(model(batch, made, mode='predict'))
    wrong = evaluator.evaluate(len(made))
    assert wrong['covered/NME/eyes/L_Eye'] > 90  # the other eye is an eye distance away


def test_a_plain_checkpoint_of_the_dog_model_is_tested(cfg, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for slow in ('_log_env', 'dump_config'):  # seconds of laying out the config
        monkeypatch.setattr(Runner, slow, lambda *args: None)
    cfg.model.backbone.extra.update(NARROW['HRNet']['extra'])
    cfg.model.backbone.pop('init_cfg', None)
    width = sum(4 * 2**i for i in range(4))
    cfg.model.head['head'].update(in_channels=width, conv_out_channels=(8,))
    plain = cfg.model.to_dict()
    plain['head'] = plain['head']['head']
    torch.manual_seed(0)
    torch.save(dict(state_dict=MODELS.build(plain).state_dict(), meta={}), 'plain.pth')
    cfg.update(work_dir='out', load_from='plain.pth', experiment_name='on_animalpose')
    runner = Runner.from_cfg(cfg)
    figures = runner.test()
    assert figures['coverage/points'] == 10 / 32
    assert 'covered/NME/eyes' in figures  # maps of random weights need not have a peak above 0
    state = torch.load('plain.pth', weights_only=True)['state_dict']
    for key, value in runner.model.head.head.state_dict().items():
        assert torch.equal(value, state[f'head.{key}'])
