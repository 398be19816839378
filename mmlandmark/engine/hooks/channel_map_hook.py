"""Pictures of the maps of channels while a model is trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

import numpy as np
import torch
from mmengine.dataset import pseudo_collate
from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.model import is_model_wrapper
from mmengine.runner import IterBasedTrainLoop, Runner
from mmpose.registry import HOOKS

from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.geometry.affine import apply_affine, invert_affine
from mmlandmark.models.estimators.channel_detector import ChannelKeypointDetector
from mmlandmark.visualization.channel_panels import ChannelMaps, draw_channel_maps


@HOOKS.register_module()
class ChannelMapHook(Hook):
    """Shows target maps, predicted maps and both point sets of the same pictures, again and again.

    The pictures are of the validation set, so nothing is augmented, and go to every backend of the
    visualizer: files, TensorBoard or W&B. With several processes the first one draws. Training goes
    on as it would without the hook: no random number is drawn, no statistics are changed. Without
    a validation set (``tools/train.py --no-validate``) there is nothing to show, as the log says.

    Args:
        interval: Every how many epochs, or steps where the training counts in steps; the end of
            the training is always shown.
        pictures: How many, evenly spread over the validation set; or the paths of some, as the
            annotation file has them or the end of that, such as ``00012.jpg``.
        name: What the names of the logged pictures start with.

    Raises:
        LandmarkError: An interval or number below 1; and when the training starts: no picture of
            that name, or a model without channels.
    """

    priority = 'LOW'

    def __init__(
        self, interval: int = 1, pictures: int | Sequence[str] = 4, name: str = 'channel_maps'
    ) -> None:
        if interval < 1:
            raise LandmarkError(f'ChannelMapHook: interval is {interval!r}, expected at least 1')
        if isinstance(pictures, int) and pictures < 1:
            raise LandmarkError(f'ChannelMapHook: pictures is {pictures!r}, expected at least 1')
        self.interval, self.name = interval, name
        self.pictures = [pictures] if isinstance(pictures, str) else pictures
        self._chosen: dict[str, dict[str, Any]] = {}

    def before_train(self, runner: Runner) -> None:
        """Choose the pictures and open them."""
        _model(runner)
        if runner.val_loop is None:
            runner.logger.warning(
                'ChannelMapHook shows nothing: the config has no val_dataloader, whose pictures it '
                'would show'
            )
            return
        self._choose(runner.val_dataloader.dataset)

    def after_train_epoch(self, runner: Runner) -> None:
        """Show, where the training counts in epochs."""
        last = self.is_last_train_epoch(runner)
        if not _counts_steps(runner) and (self.every_n_epochs(runner, self.interval) or last):
            self._show(runner, runner.epoch + 1)

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Any = None,
        outputs: Mapping[str, Any] | None = None,
    ) -> None:
        """Show, where the training counts in steps."""
        last = self.is_last_train_iter(runner)
        if _counts_steps(runner) and (self.every_n_train_iters(runner, self.interval) or last):
            self._show(runner, runner.iter + 1)

    @master_only
    def _choose(self, dataset: Any) -> None:
        paths = [dataset.get_data_info(index)['img_path'] for index in range(len(dataset))]
        if isinstance(self.pictures, int):
            count = min(self.pictures, len(paths))
            chosen = np.linspace(0, len(paths) - 1, count).round().astype(int).tolist()
        else:
            chosen = [_find(name, paths) for name in self.pictures]
        self._chosen = {}
        for index in chosen:
            stem = PurePath(paths[index]).stem
            name = stem if stem not in self._chosen else f'{stem}_{index}'
            self._chosen[name] = dataset[index]

    @master_only
    def _show(self, runner: Runner, step: int) -> None:
        model = _model(runner)
        for name, packed in self._chosen.items():
            drawn = draw_channel_maps(look_at(model, packed), model.head.channels)
            rgb = np.ascontiguousarray(drawn[..., ::-1])
            runner.visualizer.add_image(f'{self.name}_{name}', rgb, step)


@torch.no_grad()
def look_at(model: ChannelKeypointDetector, packed: Mapping[str, Any]) -> ChannelMaps:
    """Return what a model makes of one picture, beside what is asked of it.

    Args:
        model: It is put back into the mode, training or not, in which it was.
        packed: A sample as ``PackChannelInputs`` packs it, with labels.
    """
    was_training, test_cfg = model.training, model.test_cfg
    model.eval()
    model.test_cfg = {**(test_cfg or {}), 'output_heatmaps': True}
    try:
        (sample,) = model.test_step(pseudo_collate([packed]))
    finally:
        model.train(was_training)
        model.test_cfg = test_cfg
    maps = sample.pred_fields.heatmaps
    targets = model.head.targets([sample], tuple(maps.shape[-2:]))[0]
    height, width = sample.img_shape[:2]
    picture = packed['inputs'][:, :height, :width].permute(1, 2, 0).numpy()
    order = np.array([model.head.channels.index(name) for name in sample.channel_names])
    found, true = sample.pred_instances, sample.gt_instances
    return ChannelMaps(
        picture=np.ascontiguousarray(picture),
        targets=targets.cpu().numpy(),
        predicted=maps.cpu().numpy(),
        stride=model.head.stride,
        true_points=true.points.cpu().numpy(),
        true_ids=order[true.channels.cpu().numpy()],
        found_points=apply_affine(found.points, invert_affine(sample.to_picture)),
        found_ids=order[found.channels],
    )


def _model(runner: Runner) -> ChannelKeypointDetector:
    model = runner.model.module if is_model_wrapper(runner.model) else runner.model
    if not isinstance(model, ChannelKeypointDetector):
        raise LandmarkError(
            f'ChannelMapHook serves a ChannelKeypointDetector, the config builds '
            f'{type(model).__name__}'
        )
    return model


def _counts_steps(runner: Runner) -> bool:
    return isinstance(runner.train_loop, IterBasedTrainLoop)


def _find(name: str, paths: Sequence[str]) -> int:
    """Return the position of the one path that ends in a name, at the start of a part of it."""
    parts = PurePath(name).parts
    found = [i for i, path in enumerate(paths) if PurePath(path).parts[-len(parts) :] == parts]
    if not found:
        known = [PurePath(path).name for path in paths]
        raise LandmarkError(
            f'ChannelMapHook: no picture {name!r}{nearest(name, known)} among the {len(paths)} of '
            'the validation set'
        )
    if len(found) > 1:
        raise LandmarkError(
            f'ChannelMapHook: {len(found)} pictures end in {name!r}, such as {paths[found[0]]} and '
            f'{paths[found[1]]}; expected the name of one'
        )
    return found[0]
