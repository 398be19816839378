"""Configs of hands: each trains a step, is evaluated, and says what its name says."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
import torch  # noqa: E402
from mmengine.config import Config  # noqa: E402
from mmengine.runner import Runner  # noqa: E402
from raw_hands import hand_release  # noqa: E402

from mmlandmark.apis.save_best import check_save_best  # noqa: E402
from mmlandmark.errors import LandmarkError  # noqa: E402

from .tiny_hands import PUBLISHED, Watch, tiny  # noqa: E402


@pytest.fixture(autouse=True)
def plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Configs are written as they are: laying them out takes longer than all else here."""
    monkeypatch.setattr(Runner, '_log_env', lambda self, cfg: None)
    monkeypatch.setattr('mmengine.config.config.FormatCode', lambda text, **_: (text, True))


@pytest.fixture(scope='module')
def hands(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hand_release(tmp_path_factory.mktemp('hands') / 'OUHANDS')


@pytest.mark.parametrize('real', [False, True], ids=['made up', 'real'])
def test_it_trains_and_is_tested(real: bool, hands: Path, tmp_path: Path, request) -> None:
    data = hands
    if real:
        data = request.getfixturevalue('shared_data') / 'ouhands_layout'
    runner, seen = Runner.from_cfg(tiny(PUBLISHED, data, tmp_path)), Watch()
    runner.register_hook(seen)
    runner.train()
    assert 0 < seen.outputs['loss_kpt/hand21'] < math.inf
    tested = runner.test()
    for metrics in (seen.metrics, tested):
        for name in ('MPJPE/pixel', 'PCK/bbox@0.2/thumb', 'coord_mae', 'AUC/bbox', 'PCK/bbox@0.2'):
            assert math.isfinite(metrics[f'ouhands/{name}']), name
        assert any('MPJPE_3D/wrist-relative' in key for key in metrics)
        assert any('MPJPE/pixel/gesture=' in key for key in metrics)
    assert list(tmp_path.glob('best_ouhands_MPJPE_pixel_epoch_1.pth'))
    with pytest.raises(LandmarkError, match='its depth_scale is 0.15, here 0.2'):
        cfg = tiny(PUBLISHED, data, tmp_path / 'other', **{'model.head.decoder.depth_scale': 0.2})
        cfg.load_from = str(tmp_path / 'epoch_1.pth')
        Runner.from_cfg(cfg).test()


def test_labels_that_are_predicted_are_measured_as_right(hands: Path, tmp_path: Path) -> None:
    """From the picture through codec, head and estimator back to the picture."""
    runner = Runner.from_cfg(tiny(PUBLISHED, hands, tmp_path))
    data_set = runner.test_dataloader.dataset
    encoder = dict(type='GenerateTarget', encoder=runner.cfg.codec)
    data_set.pipeline.transforms.insert(-1, _built(encoder))
    head = runner.model.head

    def know(feats: object, samples: list, test_cfg: object = None) -> list:
        head.forward = lambda _: torch.cat(
            [sample.gt_instance_labels.keypoint_labels for sample in samples]
        )
        return type(head).predict(head, feats, samples, test_cfg)

    head.predict = know
    tested = runner.test()
    errors = [value for key, value in tested.items() if 'MPJPE' in key or 'coord_mae' in key]
    assert len(errors) > 5 and max(errors) < 1e-4
    assert tested['ouhands/PCK/bbox@0.2'] == 1


def _built(cfg: dict) -> object:
    from mmengine.registry import DefaultScope
    from mmpose.registry import TRANSFORMS

    with DefaultScope.overwrite_default_scope('mmpose'):
        return TRANSFORMS.build(cfg)


def test_the_flip_test_runs(hands: Path, tmp_path: Path) -> None:
    cfg = tiny(PUBLISHED, hands, tmp_path, **{'model.test_cfg.flip_test': True})
    assert math.isfinite(Runner.from_cfg(cfg).test()['ouhands/MPJPE/pixel'])


def test_it_says_what_its_name_says() -> None:
    cfg = Config.fromfile(PUBLISHED)
    assert cfg.train_dataloader.batch_size == cfg.auto_scale_lr.base_batch_size == 64
    assert cfg.train_cfg.max_epochs == cfg.param_scheduler[-1].end == 50
    assert [step.type for step in cfg.param_scheduler] == ['CosineAnnealingLR']
    assert cfg.optim_wrapper.type == 'AmpOptimWrapper'
    optimizer = cfg.optim_wrapper.optimizer
    assert (optimizer.type, optimizer.lr, optimizer.weight_decay) == ('AdamW', 3e-3, 1e-4)
    assert cfg.model.head.loss.beta == 0.02 and cfg.model.head.hidden_channels == 512
    assert cfg.model.backbone.pretrained is True
    check_save_best(cfg)
    assert cfg.default_hooks.checkpoint.rule == 'less'
    assert len(PUBLISHED.read_text().splitlines()) <= 60
    for part in ('train', 'val', 'test'):
        steps = {step.type: step for step in cfg[f'{part}_dataloader'].dataset.pipeline}
        assert tuple(steps['ResizePicture'].input_size) == tuple(cfg.codec.input_size) == (224, 224)
        assert 'RandomFlip' not in steps and ('JitterColor' in steps) == (part == 'train')
    assert steps and cfg.model.head.decoder == cfg.codec


def test_the_scale_of_z_is_that_of_the_training_set(shared_data: Path) -> None:
    from mmlandmark.annotations.ouhands import read_ouhands

    hands = read_ouhands(shared_data / 'ouhands_layout', 'train', check_pictures=False)
    scale = Config.fromfile(PUBLISHED).codec.depth_scale
    assert np.isclose(hands.depth_scale(), scale, rtol=0.02)
