"""Configs of hands made small: a few pictures, a thin backbone."""

from __future__ import annotations

from pathlib import Path

from mmengine.config import Config
from mmengine.hooks import Hook

from mmlandmark.compat.amp import use_amp

CONFIGS = Path(__file__).resolve().parents[2] / 'configs'
HANDS = CONFIGS / 'ouhands'
PUBLISHED = HANDS / 'td-reg_mobilenetv2_1xb64-50e_ouhands-published-224x224.py'
BETTER = HANDS / 'simcc-depth_mobilenetv2_1xb64-50e_ouhands-224x224.py'
SMALL = {
    path: path.with_stem(path.stem.replace('224x224', '80x80')) for path in (PUBLISHED, BETTER)
}


def tiny(path: Path, data: Path, work_dir: Path, **options: object) -> Config:
    """A config for one epoch of a few pictures."""
    cfg = Config.fromfile(path)
    cfg.merge_from_dict({'model.backbone.pretrained': False, **options})
    if cfg.model.backbone.type == 'TorchvisionBackbone':
        cfg.model.backbone.width_mult = 0.1
    cfg.work_dir, cfg.experiment_name = str(work_dir), f'hands-{work_dir.name}'
    cfg.visualizer.name = cfg.experiment_name  # else the first of the process is used again
    cfg.vis_backends = cfg.visualizer.vis_backends = [dict(type='LocalVisBackend')]
    cfg.train_cfg = dict(by_epoch=True, max_epochs=1, val_interval=1)
    for part in ('train', 'val', 'test'):
        loader = cfg[f'{part}_dataloader']
        loader.update(num_workers=0, persistent_workers=False, batch_size=4)
        loader.dataset.update(
            data_root=str(data), indices=4, check_pictures=False, serialize_data=False
        )
    use_amp(cfg, requested=False)
    return cfg


class Watch(Hook):
    """Keeps what training and validation give."""

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None) -> None:
        self.outputs = {key: float(value) for key, value in outputs.items()}

    def after_val_epoch(self, runner, metrics=None) -> None:
        self.metrics = metrics
