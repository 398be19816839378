"""Configs of dog and cat faces: each trains a step, is evaluated, and says what its name says."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
import torch  # noqa: E402
from mmengine.config import Config  # noqa: E402
from mmengine.hooks import Hook  # noqa: E402
from mmengine.runner import Runner  # noqa: E402

from mmlandmark.annotations.writer import write_json  # noqa: E402
from mmlandmark.apis.save_best import check_save_best  # noqa: E402
from mmlandmark.compat.amp import use_amp  # noqa: E402
from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.models.losses import BalancedHeatmapLoss  # noqa: E402
from mmlandmark.schemas import get_schema  # noqa: E402

from .tiny import narrow, small_pictures  # noqa: E402

CONFIGS = Path(__file__).resolve().parents[2] / 'configs'
DOGS = sorted((CONFIGS / 'dogflw').glob('*_dogflw-*.py'))
ALL = DOGS + sorted((CONFIGS / 'catflw').glob('*_catflw-*.py'))
SCHEMAS = dict(dogflw='dogflw46', catflw='catflw48')
HRNET = CONFIGS / 'dogflw' / 'td-hm_hrnet-w32_udp-8xb16-210e_dogflw-256x256.py'
SIDE = 96


def face_file(path: Path, schema_name: str, count: int, seed: int) -> None:
    """Grey noise with random points, one of which nobody has labelled."""
    schema, rng = get_schema(schema_name), np.random.default_rng(seed)
    images, annotations = [], []
    for number in range(1, count + 1):
        name = f'{path.stem}_{number}.png'
        cv2.imwrite(str(path.parent / name), rng.integers(0, 255, (SIDE, SIDE, 3), np.uint8))
        points = rng.uniform(10, SIDE - 10, (schema.num_keypoints, 2)).round(2)
        rows = [[*point, 2] for point in points.tolist()]
        rows[3] = [0, 0, 0]
        images.append(dict(id=number, file_name=name, width=SIDE, height=SIDE))
        annotations.append(
            dict(
                id=number,
                image_id=number,
                category_id=1,
                keypoints=[value for row in rows for value in row],
                num_keypoints=schema.num_keypoints - 1,
                bbox=[5.0, 5.0, SIDE - 10.0, SIDE - 10.0],
                area=(SIDE - 10.0) ** 2,
                iscrowd=0,
            )
        )
    categories = [dict(id=1, name='face', keypoints=list(schema.keypoints), skeleton=[])]
    content = dict(images=images, annotations=annotations, categories=categories)
    write_json(path, content)


@pytest.fixture(scope='module')
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp('faces')
    for name, schema in SCHEMAS.items():
        (folder / name).mkdir()
        for seed, part in enumerate(('train', 'val', 'test')):
            face_file(folder / name / f'{part}.json', schema, 4, seed)
    return folder


@pytest.fixture(autouse=True)
def plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Configs are written as they are: laying them out takes longer than all else here."""
    monkeypatch.setattr(Runner, '_log_env', lambda self, cfg: None)
    monkeypatch.setattr('mmengine.config.config.FormatCode', lambda text, **_: (text, True))


def tiny(path: Path, data: Path, work_dir: Path) -> Config:
    """A config that takes one step on four pictures."""
    cfg = Config.fromfile(path)
    name = path.parent.name
    cfg.work_dir, cfg.experiment_name = str(work_dir), f'{name}-{path.stem}-{work_dir.name}'
    cfg.visualizer.name = cfg.experiment_name  # else the first of the process is used again
    cfg.vis_backends = cfg.visualizer.vis_backends = [dict(type='LocalVisBackend')]
    cfg.train_cfg = dict(by_epoch=True, max_epochs=1, val_interval=1)
    cfg.default_hooks.checkpoint.interval = 1
    narrow(cfg.model)
    for part in ('train', 'val', 'test'):
        loader = cfg[f'{part}_dataloader']
        loader.update(num_workers=0, persistent_workers=False, batch_size=4)
        loader.dataset.update(
            data_root=str(data / name), ann_file=f'{part}.json', serialize_data=False
        )
        small_pictures(loader.dataset.pipeline)
    use_amp(cfg, requested=False)
    return cfg


class Watch(Hook):
    """Keeps what training and validation give."""

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None) -> None:
        self.outputs = {key: float(value) for key, value in outputs.items()}

    def after_val_epoch(self, runner, metrics=None) -> None:
        self.metrics = metrics


@pytest.mark.slow
@pytest.mark.parametrize('path', ALL, ids=lambda path: path.stem)
def test_the_config_trains_and_is_tested(path: Path, data: Path, tmp_path: Path) -> None:
    if 'timm' in path.stem:
        pytest.importorskip('timm')
    cfg = tiny(path, data, tmp_path)
    runner, seen = Runner.from_cfg(cfg), Watch()
    runner.register_hook(seen)
    runner.train()
    name = path.parent.name
    assert math.isfinite(seen.outputs[f'loss_kpt/{name}']) and seen.outputs[f'loss_kpt/{name}'] > 0
    assert cfg.default_hooks.checkpoint.save_best in seen.metrics
    assert list(tmp_path.glob('best_*.pth'))
    tested = runner.test()
    assert set(tested) == set(seen.metrics)
    words = ' '.join(tested)
    assert all(f'{name}/{metric}/eye_outer' in words for metric in ('NME', 'FR', 'CED_AUC'))


@pytest.mark.parametrize('path', ALL, ids=lambda path: path.stem)
def test_the_config_says_what_its_name_says(path: Path) -> None:
    cfg, name = Config.fromfile(path), path.parent.name
    schedule, _, size = path.stem.partition('8xb')[2].partition(f'_{name}-')
    batch, epochs = (int(word) for word in schedule.removesuffix('e').split('-'))
    height, width = (int(word) for word in size.split('x'))
    assert cfg.train_dataloader.batch_size == batch
    assert cfg.auto_scale_lr.base_batch_size == 8 * batch
    assert cfg.train_cfg.max_epochs == epochs
    assert cfg.param_scheduler[-1].end == epochs and cfg.param_scheduler[0].type == 'LinearLR'
    assert cfg.optim_wrapper.type == 'AmpOptimWrapper'
    assert cfg.model.head.datasets == {name: SCHEMAS[name]}
    assert cfg.model.head.union.members == [SCHEMAS[name]]
    assert cfg.default_hooks.checkpoint.rule == 'less'
    check_save_best(cfg)
    assert len(path.read_text().splitlines()) <= 60
    assert tuple(cfg.codec.input_size) == tuple(cfg.model.head.decoder.input_size)
    for part in ('train', 'val', 'test'):
        steps = {step.type: step for step in cfg[f'{part}_dataloader'].dataset.pipeline}
        assert tuple(steps['TopdownAffine'].input_size) == (width, height)
        # UDP's labels and crops belong together; one without the other shifts every point
        udp = cfg.codec.type == 'UDPHeatmap'
        assert steps['TopdownAffine'].get('use_udp', False) == udp == ('_udp' in path.stem)
        if part == 'train':
            assert steps['GenerateTarget'].encoder == cfg.codec == cfg.model.head.decoder
            assert steps['RandomFlip'].get('prob', 0.5) == 0.5
    preprocessor = cfg.model.data_preprocessor
    assert preprocessor.bgr_to_rgb and preprocessor.mean == [123.675, 116.28, 103.53]


def test_the_flips_are_the_true_pairs(data: Path, tmp_path: Path) -> None:
    cfg = tiny(HRNET, data, tmp_path)
    head = Runner.from_cfg(cfg).model.head
    flips = head.union.schema.flip_indices
    swapped = [k for k in range(46) if flips[k] != k]
    assert len(swapped) == 38 and all(abs(flips[k] - k) == 1 for k in swapped)
    assert isinstance(head.loss_module, BalancedHeatmapLoss)


@pytest.mark.parametrize(
    'options',
    [
        {'model.head.loss': dict(type='AdaptiveWingLoss', use_target_weight=True)},
        {'model.head.loss': dict(foreground_share=0.8)},
        {'model.test_cfg.flip_mode': 'coordinates'},
        {
            'model.head.decoder.sigma': 1.5,
            'train_dataloader.dataset.pipeline.5.encoder.sigma': 1.5,
        },
    ],
    ids=['adaptive wing', 'share', 'coordinates', 'sigma'],
)
def test_options_of_the_guide(options: dict, data: Path, tmp_path: Path) -> None:
    cfg = tiny(HRNET, data, tmp_path)
    cfg.merge_from_dict(options)
    runner, seen = Runner.from_cfg(cfg), Watch()
    runner.register_hook(seen)
    runner.train()
    assert seen.outputs['loss_kpt/dogflw'] > 0
    assert math.isfinite(seen.metrics['dogflw/NME/eye_outer'])
    assert runner.model.test_cfg.flip_mode == options.get('model.test_cfg.flip_mode', 'heatmap')
    generate = runner.train_dataloader.dataset.pipeline.transforms[5]
    assert generate.encoder.sigma == (1.5 if 'model.head.decoder.sigma' in options else 2)


def test_a_checkpoint_with_another_number_of_points_is_one_line(data, tmp_path) -> None:
    cats = next(path for path in ALL if path.stem.startswith('td-hm_hrnet') and path not in DOGS)
    other = Runner.from_cfg(tiny(cats, data, tmp_path / 'cats')).model
    torch.save(dict(state_dict=other.state_dict(), meta={}), tmp_path / 'cats.pth')
    cfg = tiny(HRNET, data, tmp_path / 'dogs')
    cfg.load_from = str(tmp_path / 'cats.pth')
    with pytest.raises(LandmarkError, match='does not fit the union') as caught:
        Runner.from_cfg(cfg).test()
    assert '\n' not in str(caught.value) and 'catflw48' in str(caught.value)


def test_a_plain_checkpoint_of_another_number_of_points_is_one_line(data, tmp_path) -> None:
    """Of MMPose's own head, which says nothing of its points."""
    cfg = tiny(HRNET, data, tmp_path)
    model = Runner.from_cfg(cfg).model
    state = {k: v for k, v in model.state_dict().items() if 'schema_record' not in k}
    layer = state['head.final_layer.weight']
    state['head.final_layer.weight'] = layer[:17].clone()
    torch.save(dict(state_dict=state, meta={}), tmp_path / 'plain.pth')
    cfg.merge_from_dict(dict(load_from=str(tmp_path / 'plain.pth'), experiment_name='plain'))
    with pytest.raises(
        LandmarkError, match=r'final_layer.weight is 17x.* 46 points .* 46x'
    ) as told:
        Runner.from_cfg(cfg).test()
    assert '\n' not in str(told.value)
    state['head.final_layer.weight'] = layer
    torch.save(dict(state_dict=state, meta={}), tmp_path / 'plain.pth')
    cfg.experiment_name = 'plain, of as many'
    assert 'dogflw/NME/eye_outer' in Runner.from_cfg(cfg).test()
