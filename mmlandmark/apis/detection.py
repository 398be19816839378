"""Boxes of faces by a detector of MMDetection."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

import numpy as np
import torch
from mmdet.models.detectors.base import BaseDetector
from mmdet.registry import DATASETS, MODELS
from mmdet.utils import get_test_pipeline_cfg, register_all_modules
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.model.utils import revert_sync_batchnorm
from mmengine.registry import DefaultScope
from torchvision.ops import clip_boxes_to_image, nms

from mmlandmark.apis.load_model import (
    load_weights,
    read_checkpoint,
    read_config,
    without_pretrained,
)
from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.models.devices import choose_device

#: What a checkpoint without a config is taken to be of.
DEFAULT_DETECTOR = 'mmlandmark::detection/rtmdet_tiny_8xb32-100e_dogflw-face.py'


class FaceDetector:
    """A detector whose boxes are taken for faces.

    Args:
        config: Config of MMDetection: a path, ``mmdet::rtmdet/rtmdet_tiny_8xb32-300e_coco.py`` or
            the like; by default RTMDet-tiny of one class, as ``configs/detection`` trains it.
        checkpoint: Its weights.
        device: Where to compute; by default a GPU if there is one.
        bbox_thr: Boxes of lower scores are dropped.
        nms_thr: Of two boxes that overlap by more (intersection over union), whatever their
            classes, the better one stays.
        classes: Names of the classes to keep. It may be left out where there is only one.

    Attributes:
        classes: The names of the classes that are kept.

    Raises:
        LandmarkError: A file is wrong, the checkpoint does not fit the config, a class is unknown
            or, of a detector of several, none was chosen.
    """

    def __init__(
        self,
        config: str | os.PathLike | Config | None,
        checkpoint: str | os.PathLike | None,
        device: str | torch.device | None = None,
        *,
        bbox_thr: float = 0.3,
        nms_thr: float = 0.3,
        classes: Sequence[str] | None = None,
    ) -> None:
        cfg, where = read_config(config or DEFAULT_DETECTOR)
        if checkpoint is None:
            raise LandmarkError(
                f'{where}: a detector needs its trained weights; expected detector_checkpoint '
                '(--detector-checkpoint)'
            )
        for name, value in (('bbox_thr', bbox_thr), ('nms_thr', nms_thr)):
            if not 0 <= value <= 1:
                raise LandmarkError(f'{name} is {value}; expected 0 to 1')
        self.bbox_thr, self.nms_thr, self.device = bbox_thr, nms_thr, choose_device(device)
        register_all_modules(init_default_scope=False)
        without_pretrained(cfg.model)
        content = read_checkpoint(checkpoint)
        self._scope = cfg.get('default_scope', 'mmdet')
        with DefaultScope.overwrite_default_scope(self._scope):
            self.model = revert_sync_batchnorm(MODELS.build(cfg.model))
            if not isinstance(self.model, BaseDetector):
                kind = type(self.model).__name__
                raise LandmarkError(
                    f'{where}: the model is a {kind}; expected a detector of MMDetection'
                )
            load_weights(self.model, content, str(checkpoint), where, 'classes')
            self._pipeline = _pipeline(cfg, where)
            known = _class_names(content, cfg)
        self._labels = _chosen(known, classes, str(checkpoint))
        self.classes = tuple(known[label] for label in self._labels)
        self.model.to(self.device).eval()

    def __call__(self, pictures: Sequence[np.ndarray]) -> list[tuple[np.ndarray, np.ndarray]]:
        """Find the faces of some pictures, all in one batch.

        Args:
            pictures: (H, W, 3) uint8 each, blue, green, red.

        Returns:
            For each picture the boxes (N, 4) float64 x1, y1, x2, y2 in its pixels, cut at its
            edges, and their scores (N,), best first; N is 0 where nothing was found.
        """
        if not pictures:
            return []
        with DefaultScope.overwrite_default_scope(self._scope), torch.no_grad():
            packed = [self._pipeline({'img': picture, 'img_id': 0}) for picture in pictures]
            samples = self.model.test_step(
                {key: [item[key] for item in packed] for key in ('inputs', 'data_samples')}
            )
        return [
            self._chosen_boxes(sample.pred_instances, picture.shape)
            for sample, picture in zip(samples, pictures, strict=True)
        ]

    def _chosen_boxes(self, found: Any, shape: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
        # Detectors pad pictures and may find something there: nothing of it is left by the cut.
        boxes, scores = clip_boxes_to_image(found.bboxes.float(), shape[:2]), found.scores.float()
        labels = torch.as_tensor(self._labels, device=found.labels.device)
        kept = (scores >= self.bbox_thr) & torch.isin(found.labels, labels)
        kept &= (boxes[:, 2:] > boxes[:, :2]).all(dim=1)
        boxes, scores = boxes[kept], scores[kept]
        best = nms(boxes, scores, self.nms_thr)
        return boxes[best].cpu().double().numpy(), scores[best].cpu().double().numpy()


def _pipeline(cfg: Config, where: str) -> Compose:
    if not cfg.get('test_dataloader'):
        raise LandmarkError(f'{where}: has no test_dataloader, whose pipeline prepares pictures')
    steps = deepcopy(get_test_pipeline_cfg(cfg))
    steps[0] = {'type': 'mmdet.LoadImageFromNDArray'}
    return Compose([step for step in steps if 'LoadAnnotations' not in str(step['type'])])


def _class_names(content: Mapping[str, Any], cfg: Config) -> list[str]:
    """Return the names of the classes: of the checkpoint, else of the config's test set."""
    meta = (content.get('meta') or {}).get('dataset_meta') or {}
    names = {key.lower(): value for key, value in meta.items()}.get('classes')
    if names is None:
        dataset = DATASETS.build(dict(cfg.test_dataloader.dataset, lazy_init=True))
        names = dataset.metainfo['classes']
    return [names] if isinstance(names, str) else list(names)


def _chosen(known: Sequence[str], classes: Sequence[str] | None, where: str) -> list[int]:
    some = ', '.join(known[:10]) + (f' and {len(known) - 10} more' if len(known) > 10 else '')
    if classes is None:
        if len(known) > 1:
            raise LandmarkError(
                f'{where}: the detector knows {len(known)} classes ({some}); say with '
                'detector_classes (--detector-classes) which of them to take for faces'
            )
        return [0]
    names = [classes] if isinstance(classes, str) else list(classes)
    for name in names:
        if name not in known:
            raise LandmarkError(
                f'{where}: the detector knows no class {name!r}{nearest(name, known)}; it knows '
                f'{some}'
            )
    return [known.index(name) for name in names]
