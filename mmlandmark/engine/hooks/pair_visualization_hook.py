"""Pictures of what a converter gives: source, prediction and truth side by side."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.runner import Runner
from mmpose.registry import HOOKS
from mmpose.structures import PoseDataSample

from mmlandmark.visualization.panels import Panel, draw_panels
from mmlandmark.visualization.pictures import PictureFolders, write_picture
from mmlandmark.visualization.ranking import instance_errors, spread_over_ranks


@HOOKS.register_module()
class PairVisualizationHook(Hook):
    """Draws a bounded number of instances, evenly spread from the best to the worst.

    A picture shows the source points, the converted ones, and the labelled ones with lines to the
    converted ones. Instances whose picture is not at hand are drawn on a blank canvas and counted.
    With several processes, the first one draws from its own share of the data set.

    Args:
        enable: Draw at all; ``tools/test.py --show-dir`` sets it.
        show: Also show each picture in a window.
        wait_time: Seconds that a window stays.
        interval: Consider every how many instances.
        out_dir: Folder of the pictures, inside the runner's folder of this run unless absolute.
        max_images: How many pictures at most.
        image_root: Folder that file names are relative to; None: the folder of the pair file or
            ``images`` in it.
    """

    def __init__(
        self,
        enable: bool = False,
        show: bool = False,
        wait_time: float = 0.0,
        interval: int = 1,
        out_dir: str | None = None,
        max_images: int = 24,
        image_root: str | os.PathLike | None = None,
    ) -> None:
        self.enable, self.show, self.wait_time = enable, show, wait_time
        self.interval, self.out_dir, self.max_images = max(int(interval), 1), out_dir, max_images
        self.image_root = image_root
        self._seen: list[tuple[np.ndarray, np.ndarray, PoseDataSample]] = []
        self._count = 0

    def before_test_epoch(self, runner: Runner) -> None:
        """Start anew."""
        self._seen, self._count = [], 0

    before_val_epoch = before_test_epoch

    def after_test_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: Mapping[str, Any] | None = None,
        outputs: Sequence[PoseDataSample] | None = None,
    ) -> None:
        """Keep the points of a batch."""
        if not self.enable or not outputs:
            return
        inputs = data_batch['inputs']
        points = inputs['keypoints'].cpu().numpy()
        visible = inputs['keypoints_visible'].cpu().numpy()
        for i in range(-self._count % self.interval, len(outputs), self.interval):
            self._seen.append((points[i], visible[i], outputs[i]))
        self._count += len(outputs)

    after_val_iter = after_test_iter

    def after_test_epoch(self, runner: Runner, metrics: Mapping[str, float] | None = None) -> None:
        """Draw."""
        if self.enable:
            self._draw_all(runner, runner.test_dataloader.dataset, '')

    def after_val_epoch(self, runner: Runner, metrics: Mapping[str, float] | None = None) -> None:
        """Draw, with the epoch in the names of the files."""
        if self.enable:
            self._draw_all(runner, runner.val_dataloader.dataset, f'epoch_{runner.epoch}_')

    @master_only
    def _draw_all(self, runner: Runner, dataset: Any, prefix: str) -> None:
        samples = [sample for _, _, sample in self._seen]
        errors = _errors(samples)
        chosen = spread_over_ranks(errors, self.max_images)
        folders = PictureFolders.beside(dataset.ann_file)
        if self.image_root is not None:
            folders = PictureFolders([self.image_root])
        folder = None
        if self.out_dir is not None:
            folder = Path(runner.work_dir, runner.timestamp, self.out_dir)
            folder.mkdir(parents=True, exist_ok=True)
        for rank, index in enumerate(chosen.tolist()):
            points, visible, sample = self._seen[index]
            file_name = dataset.file_names.get(sample.metainfo['img_id'])
            panels = _panels(points, visible, sample, dataset)
            drawn = draw_panels(folders.read(file_name), panels)
            name = f'{prefix}{rank:03d}_error_{errors[index]:.4f}_id_{sample.metainfo["id"]}'
            if folder is not None:
                write_picture(folder / f'{name}.jpg', drawn)
            if self.show:
                rgb = np.ascontiguousarray(drawn[..., ::-1])
                runner.visualizer.show(rgb, win_name=name, wait_time=self.wait_time)
        self._seen = []
        place = f' in {folder}' if folder is not None else ''
        undrawable = int(np.isnan(errors).sum())
        print_log(
            f'Drawn{place}, from the best to the worst of {len(errors)} instances '
            f'({undrawable} without a point to compare): {folders.summary(len(chosen))}',
            logger='current',
        )


def _panels(
    points: np.ndarray, visible: np.ndarray, sample: PoseDataSample, dataset: Any
) -> list[Panel]:
    pred, truth, target = sample.pred_instances, sample.gt_instances, dataset.target_schema
    given = np.asarray(pred.keypoints_visible[0])
    compared = np.where((given > 0)[:, None], pred.keypoints[0], np.nan)
    return [
        Panel('source', points, visible, dataset.source_schema),
        Panel('converted', pred.keypoints[0], given, target, pred.keypoints_inferred[0]),
        Panel(
            'truth, lines to the converted points',
            truth.keypoints[0],
            truth.keypoints_visible[0],
            target,
            compared=compared,
        ),
    ]


def _errors(samples: Sequence[PoseDataSample]) -> np.ndarray:
    if not samples:
        return np.empty(0)

    def stack(part: str, key: str) -> np.ndarray:
        return np.stack([np.asarray(getattr(sample, part)[key][0]) for sample in samples])

    given = stack('pred_instances', 'keypoints_visible') > 0
    labelled = stack('gt_instances', 'keypoints_visible') > 0
    predicted = stack('pred_instances', 'keypoints')
    target, boxes = stack('gt_instances', 'keypoints'), stack('gt_instances', 'bboxes')
    return instance_errors(predicted, target, given & labelled, boxes)
