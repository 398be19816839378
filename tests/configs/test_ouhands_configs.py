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

from .tiny_hands import BETTER, PUBLISHED, SMALL, Watch, tiny  # noqa: E402


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


def test_the_better_one_trains_resumes_and_is_tested(hands: Path, tmp_path: Path) -> None:
    runner, seen = Runner.from_cfg(tiny(SMALL[BETTER], hands, tmp_path)), Watch()
    runner.register_hook(seen)
    runner.train()
    for name in ('loss_kpt/hand21', 'loss_depth/hand21'):
        assert 0 < seen.outputs[name] < math.inf
    assert list(tmp_path.glob('best_ouhands_MPJPE_pixel_epoch_1.pth'))
    cfg = tiny(SMALL[BETTER], hands, tmp_path)
    cfg.resume, cfg.train_cfg.max_epochs = True, 2
    cfg.load_from = str(tmp_path / 'best_ouhands_MPJPE_pixel_epoch_1.pth')
    more = Runner.from_cfg(cfg)
    more.train()
    assert more.epoch == 2 and more.iter == 2 * runner.iter
    tested = more.test()
    for name in ('MPJPE/pixel', 'PCK/bbox@0.2', 'PCK/bbox@0.2/pinky', 'coord_mae', 'AUC/bbox'):
        assert math.isfinite(tested[f'ouhands/{name}']), name
    assert any('MPJPE_3D/wrist-relative' in key for key in tested)


def test_labels_of_the_better_one_are_measured_as_right(hands: Path, tmp_path: Path) -> None:
    """From the picture through crop, codec, head and estimator back to the picture."""
    options = {'model.test_cfg.flip_test': False}
    runner = Runner.from_cfg(tiny(SMALL[BETTER], hands, tmp_path, **options))
    encoder = dict(type='GenerateTarget', encoder=runner.cfg.codec)
    runner.test_dataloader.dataset.pipeline.transforms.insert(-1, _built(encoder))
    head, keys = runner.model.head, ('keypoint_x_labels', 'keypoint_y_labels', 'depth_labels')

    def know(feats: object, samples: list, test_cfg: object = None) -> list:
        x, y, z = (torch.cat([s.gt_instance_labels[key] for s in samples]) for key in keys)
        head.forward = lambda _: ((x + 1e-12).log(), (y + 1e-12).log(), z)
        return type(head).predict(head, feats, samples, test_cfg)

    head.predict = know
    found = []
    for batch in runner.test_dataloader:
        found += runner.model.test_step(batch)
    for sample in found:
        pred, truth = sample.pred_instances, sample.gt_instances
        # a label stands on one of two places a pixel of the input
        step = sample.input_scale[0] / 80 / 2
        assert np.abs(pred.keypoints - truth.keypoints).max() <= step
        assert np.allclose(pred.keypoints_3d[..., :2], pred.keypoints, atol=1e-3)
        assert np.allclose(pred.keypoints_3d[..., 2], truth.keypoints_3d[..., 2], atol=1e-5)


def test_the_better_one_says_what_its_name_says() -> None:
    cfg, published = Config.fromfile(BETTER), Config.fromfile(PUBLISHED)
    for key in ('train_cfg', 'optim_wrapper', 'val_evaluator', 'auto_scale_lr'):
        assert cfg[key] == published[key], key
    assert cfg.train_dataloader.batch_size == 64
    check_save_best(cfg)
    warm_up, cosine = cfg.param_scheduler
    assert (warm_up.type, warm_up.end) == ('LinearLR', 2) and [cosine] == published.param_scheduler
    assert cfg.model.head.decoder == cfg.codec and cfg.model.test_cfg.flip_test
    steps = [step.type for step in cfg.train_pipeline]
    assert steps[:2] == ['LoadImage', 'RandomHandFlip'] and 'RandomBBoxTransform' in steps
    tested = [step.type for step in cfg.val_pipeline]
    assert not {'RandomHandFlip', 'RandomBBoxTransform', 'JitterColor'} & {*tested}


@pytest.mark.parametrize('path', SMALL, ids=lambda path: path.stem)
def test_the_small_ones_differ_in_size_alone(path: Path) -> None:
    large, small = Config.fromfile(path), Config.fromfile(SMALL[path])
    assert small.train_cfg.max_epochs == large.train_cfg.max_epochs == 50
    assert small.param_scheduler == large.param_scheduler
    assert small.train_dataloader.batch_size == 64
    assert small.optim_wrapper.type == 'OptimWrapper'
    assert small.optim_wrapper.optimizer == large.optim_wrapper.optimizer
    assert small.model.backbone == large.model.backbone | dict(pretrained=False)
    for part in ('train', 'val', 'test'):
        of_large, of_small = (cfg[f'{part}_dataloader'].dataset.pipeline for cfg in (large, small))
        assert [step.type for step in of_small] == [step.type for step in of_large]
        for step in of_small:
            size = step.get('input_size', step.get('encoder', {}).get('input_size', (80, 80)))
            assert tuple(size) == (80, 80), step
    assert tuple(small.model.head.decoder.input_size) == (80, 80)
    for file in (path, SMALL[path]):
        assert len(file.read_text().splitlines()) <= 60
