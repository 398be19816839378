"""Maps of the same pictures, logged at an interval, and a training that does not notice."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import cv2
import numpy as np
import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
import torch  # noqa: E402
from configs.tiny_channels import CONFIGS, tiny  # noqa: E402
from mmengine.runner import Runner  # noqa: E402

from mmlandmark.apis.drawn_boxes import draw_boxes  # noqa: E402
from mmlandmark.engine.hooks import ChannelMapHook  # noqa: E402
from mmlandmark.engine.hooks.channel_map_hook import look_at  # noqa: E402
from mmlandmark.errors import LandmarkError  # noqa: E402

CONFIG = CONFIGS / 'unet_boxes-128x128.py'


@pytest.fixture(autouse=True)
def plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Configs are written as they are: laying them out takes longer than all else here."""
    monkeypatch.setattr('mmengine.config.config.FormatCode', lambda text, **_: (text, True))


@pytest.fixture(scope='module')
def boxes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp('hook') / 'boxes'
    draw_boxes(folder, train=6, val=5, test=1, size=48, seed=1)
    return folder


def _runner(boxes: Path, work_dir: Path, hook: dict | None, **changes) -> Runner:
    cfg = tiny(CONFIG, boxes, work_dir)
    cfg.custom_hooks = [dict(type='ChannelMapHook', **hook)] if hook is not None else []
    cfg.train_cfg = dict(by_epoch=True, max_epochs=3, val_interval=3)
    cfg.merge_from_dict(changes)
    return Runner.from_cfg(cfg)


def _logged(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob('*/vis_data/vis_image/*.png'))


def test_it_shows_at_the_interval_and_the_end_and_training_does_not_notice(boxes, tmp_path):
    backends = [dict(type='LocalVisBackend'), dict(type='TensorboardVisBackend')]
    shown = _runner(
        boxes, tmp_path / 'a', dict(interval=2, pictures=3), **{'visualizer.vis_backends': backends}
    )
    shown.train()
    plain = _runner(boxes, tmp_path / 'b', None)
    plain.train()
    for (name, one), other in zip(
        shown.model.state_dict().items(), plain.model.state_dict().values(), strict=True
    ):
        assert torch.equal(one, other), name
    names = [f'channel_maps_{number:05d}_{step}.png' for number in (7, 9, 11) for step in (2, 3)]
    assert _logged(tmp_path / 'a') == names
    assert not _logged(tmp_path / 'b')
    (first,) = tmp_path.glob(f'a/*/vis_data/vis_image/{names[0]}')
    assert cv2.imread(str(first)).shape == (2 * (256 + 22), 3 * 256 + 8, 3)
    _check_curves(tmp_path / 'a', shown.timestamp)


def _check_curves(work_dir: Path, stamp: str) -> None:
    """Loss and average precision of each channel are among the logged numbers, and the pictures."""
    accumulators = pytest.importorskip('tensorboard.backend.event_processing.event_accumulator')
    events = accumulators.EventAccumulator(str(work_dir / stamp / 'vis_data'))
    events.Reload()
    tags = events.Tags()
    wanted = {'excess/corner', 'excess/flap', 'AP/corner@2px', 'AP/flap@4px', 'AP@2px', 'mAP'}
    assert wanted <= set(tags['scalars'])
    assert set(tags['images']) == {f'channel_maps_{number:05d}' for number in (7, 9, 11)}
    lines = (work_dir / stamp / 'vis_data' / 'scalars.json').read_text().splitlines()
    assert wanted <= {key for line in lines for key in json.loads(line)}


def test_named_pictures_and_trainings_that_count_steps(boxes, tmp_path):
    hook = dict(interval=2, pictures=['00008.jpg', 'images/00010.jpg'], name='m')
    steps = dict(_delete_=True, by_epoch=False, max_iters=3, val_interval=3)
    runner = _runner(
        boxes,
        tmp_path,
        hook,
        train_cfg=steps,
        param_scheduler=[],
        **{'default_hooks.checkpoint.by_epoch': False, 'log_processor.by_epoch': False},
    )
    runner.train()
    assert _logged(tmp_path) == [f'm_{n}_{step}.png' for n in ('00008', '00010') for step in (2, 3)]


def test_what_is_looked_at_is_what_the_picture_and_its_labels_say(boxes, tmp_path):
    runner = _runner(boxes, tmp_path, dict())
    runner.model.train()
    dataset = runner.build_dataloader(runner._val_dataloader).dataset
    packed = dataset[0]
    maps = look_at(runner.model, packed)
    assert runner.model.training and not (runner.model.test_cfg or {}).get('output_heatmaps')
    picture = cv2.imread(dataset.get_data_info(0)['img_path'])
    np.testing.assert_array_equal(maps.picture, picture)
    assert maps.targets.shape == maps.predicted.shape == (2, 24, 24) and maps.stride == 2
    info = dataset.get_data_info(0)
    np.testing.assert_allclose(maps.true_points, info['channel_points'])
    np.testing.assert_array_equal(maps.true_ids, info['channel_ids'])
    for (x, y), channel in zip(maps.true_points, maps.true_ids, strict=True):
        assert maps.targets[channel, int(y / 2), int(x / 2)] > 0.7
    assert ((maps.found_points >= 0) & (maps.found_points <= 48)).all()


@pytest.mark.parametrize(
    ('hook', 'said'),
    [
        (dict(interval=0), 'interval is 0'),
        (dict(pictures=0), 'pictures is 0'),
    ],
)
def test_wrong_options(hook, said):
    with pytest.raises(LandmarkError, match=said):
        ChannelMapHook(**hook)


def test_a_picture_that_is_not_there_is_said_before_the_first_step(boxes, tmp_path):
    hook = dict(pictures=['00009.png'])
    with pytest.raises(LandmarkError, match=r"no picture '00009.png' \(did you mean '00009.jpg'"):
        _runner(boxes, tmp_path, hook).train()


def test_a_training_without_validation_goes_on_without_it(boxes, tmp_path):
    without = dict(val_cfg=None, val_dataloader=None, val_evaluator=None)
    runner = _runner(boxes, tmp_path, {}, **without)
    runner.train()
    assert runner.epoch == 3 and not _logged(tmp_path)
    (log,) = tmp_path.glob('*/*.log')
    assert 'ChannelMapHook shows nothing: the config has no val_dataloader' in log.read_text()


def test_weights_and_biases_gets_pictures_red_first(boxes, tmp_path, monkeypatch):
    """The whole way through MMEngine's backend; only the library itself is played."""
    logged: dict[str, np.ndarray] = {}
    wandb = ModuleType('wandb')
    wandb.init = lambda **_: None
    wandb.Image = np.array
    wandb.log = lambda values, **_: logged.update(values)
    wandb.config = SimpleNamespace(update=lambda *_, **__: None)
    wandb.run = SimpleNamespace(log_code=lambda **_: None)
    wandb.define_metric = wandb.join = lambda *_, **__: None
    monkeypatch.setitem(sys.modules, 'wandb', wandb)
    backends = [dict(type='LocalVisBackend'), dict(type='WandbVisBackend')]
    _runner(
        boxes, tmp_path, dict(interval=3, pictures=1), **{'visualizer.vis_backends': backends}
    ).train()
    (file,) = tmp_path.glob('*/vis_data/vis_image/*.png')
    np.testing.assert_array_equal(logged['channel_maps_00007'], cv2.imread(str(file))[..., ::-1])
    assert {'excess/corner', 'AP/flap@2px', 'mAP'} <= set(logged)
