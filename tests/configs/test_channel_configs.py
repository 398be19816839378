"""Configs of channel keypoints: each trains a step, is evaluated, alone and through a launcher."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
pytest.importorskip('segmentation_models_pytorch')
import torch  # noqa: E402
from mmengine.config import Config  # noqa: E402
from mmengine.registry import DefaultScope  # noqa: E402
from mmengine.runner import Runner  # noqa: E402
from mmpose.registry import MODELS  # noqa: E402
from processes import run_two  # noqa: E402

from mmlandmark.apis.save_best import check_save_best  # noqa: E402

from .channel_processes import work  # noqa: E402
from .tiny_channels import KINDS, LEAVES, NARROW, OVERFIT, tiny, write_pictures  # noqa: E402
from .tiny_hands import Watch  # noqa: E402


@pytest.fixture(autouse=True)
def plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Configs are written as they are: laying them out takes longer than all else here."""
    monkeypatch.setattr(Runner, '_log_env', lambda self, cfg: None)
    monkeypatch.setattr('mmengine.config.config.FormatCode', lambda text, **_: (text, True))


@pytest.fixture(scope='module')
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pictures(tmp_path_factory.mktemp('channels') / 'data')


@pytest.mark.parametrize('path', LEAVES, ids=lambda path: path.stem)
def test_it_trains_a_step_and_is_evaluated(path: Path, pictures: Path, tmp_path: Path) -> None:
    runner, seen = Runner.from_cfg(tiny(path, pictures, tmp_path)), Watch()
    runner.register_hook(seen)
    before = {name: value.clone() for name, value in runner.model.state_dict().items()}
    runner.train()
    excess = [seen.outputs[f'excess/{channel}'] for channel in ('corner', 'flap')]
    assert 0 < seen.outputs['loss'] < math.inf and all(0 < value < math.inf for value in excess)
    assert seen.outputs['loss'] == pytest.approx(sum(excess) / 2)
    after = runner.model.state_dict()
    learnt = {name for name, value in runner.model.named_parameters() if value.requires_grad}
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    # but for those behind a layer that starts as zero
    assert len(learnt - moved) < 0.1 * len(learnt)
    frozen = {name for name, _ in runner.model.named_parameters()} - learnt
    assert not frozen & moved and bool(frozen) == path.stem.startswith('dinov2')
    assert all(value.isfinite().all() for value in after.values())
    for key in ('AP/corner@2px', 'AP@4px', 'mAP'):
        assert 0 <= seen.metrics[key] <= 1
    assert list(tmp_path.glob('best_mAP_epoch_1.pth'))


@pytest.mark.slow
def test_every_backbone_trains_in_two_processes(pictures: Path, tmp_path: Path) -> None:
    write_pictures(tmp_path / 'data')
    run_two(work, tmp_path)
    one, two = (torch.load(tmp_path / f'{rank}.pt', weights_only=False) for rank in range(2))
    assert [*one] == [path.stem for path in KINDS]
    for name in one:
        # a loss is that of all processes, and weights stay joined
        assert one[name]['loss'] == pytest.approx(two[name]['loss'], rel=1e-5), name
        torch.testing.assert_close(one[name]['weights'], two[name]['weights'], rtol=0, atol=0)
        assert 0 < one[name]['loss'] < math.inf
    evaluated = one['unet_boxes-128x128']['metrics']
    assert evaluated == two['unet_boxes-128x128']['metrics'] and 0 <= evaluated['mAP'] <= 1


def test_head_and_backbone_fit_each_other() -> None:
    """As they are trained, without memory for the weights."""
    assert {Config.fromfile(path).model.backbone.type for path in LEAVES} == set(NARROW)
    for path in LEAVES:
        cfg = Config.fromfile(path)
        check_save_best(cfg)
        assert len(path.read_text().splitlines()) <= 60
        with DefaultScope.overwrite_default_scope('mmpose'), torch.device('meta'):
            model = MODELS.build(cfg.model)
        widths = getattr(model.backbone, 'channels', None)
        if widths is None:  # of MMPose
            widths = cfg.model.backbone.extra.stage4.num_channels
        assert widths[0] == cfg.model.head.in_channels, path.stem
        assert list(cfg.model.head.channels) == list(_leaf(cfg).channels)
        # once, and by those who know them
        normalised = cfg.model.data_preprocessor.get('mean') is not None
        own = type(model.backbone).__name__ in ('SmpBackbone', 'DINOv2')
        assert normalised != own and cfg.model.data_preprocessor.bgr_to_rgb


def test_the_published_sample_is_learnt_by_heart(shared_data: Path, tmp_path: Path) -> None:
    """The first steps of what docs/results.md tells: towards no excess, on all channels."""
    cfg = Config.fromfile(OVERFIT)
    data = f'{shared_data / "channel_keypoints_sample"}/'
    cfg.merge_from_dict(
        {
            'work_dir': str(tmp_path),
            'experiment_name': 'overfit',
            'visualizer.name': 'overfit',
            'visualizer.vis_backends': [dict(type='LocalVisBackend')],
            'train_dataloader.dataset.times': 50,
            'train_dataloader.dataset.dataset.data_root': data,
            'train_dataloader.dataset.dataset.serialize_data': False,
            'train_cfg.max_epochs': 1,
            'default_hooks.checkpoint': dict(save_best=None, rule=None),
            'log_processor.window_size': 1,
            'param_scheduler': [],
        }
    )
    for part in ('val', 'test'):
        cfg[f'{part}_cfg'] = cfg[f'{part}_dataloader'] = cfg[f'{part}_evaluator'] = None
    runner, steps = Runner.from_cfg(cfg), []
    runner.register_hook(Steps(steps))
    runner.train()
    assert len(steps) == 50 and steps[0].keys() >= {'excess/corner', 'excess/flap_center'}
    for key in (key for key in steps[0] if key.startswith('excess/')):
        assert sum(step[key] for step in steps[-5:]) < 0.75 * sum(step[key] for step in steps[:5])


def _leaf(cfg: Config) -> Config:
    dataset = cfg.train_dataloader.dataset
    return dataset.get('dataset', dataset)


class Steps(Watch):
    """Keeps what each step of a training gives."""

    def __init__(self, steps: list) -> None:
        self.steps = steps

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None) -> None:
        super().after_train_iter(runner, batch_idx, data_batch, outputs)
        self.steps.append(self.outputs)
