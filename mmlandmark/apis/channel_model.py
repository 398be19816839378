"""A trained detector of channel keypoints that takes pictures as they are."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import Compose, pseudo_collate
from mmengine.model.utils import revert_sync_batchnorm
from mmengine.registry import DefaultScope
from mmpose.registry import MODELS, TRANSFORMS

from mmlandmark.apis.load_model import (
    load_weights,
    read_checkpoint,
    read_config,
    without_pretrained,
)
from mmlandmark.datasets.transforms import LoadChannelImage
from mmlandmark.errors import LandmarkError
from mmlandmark.geometry.affine import identity_affine
from mmlandmark.models.estimators import ChannelKeypointDetector


class ChannelModel:
    """A ``ChannelKeypointDetector`` with its test pipeline.

    Args:
        config: Config of the model.
        checkpoint: Its weights; every weight must be there and fit.
        device: Where to compute.
        peaks: Options of the peaks that take the place of the config's, such as ``threshold``.

    Raises:
        LandmarkError: A file is wrong, the checkpoint does not fit the config or is of other
            channels, or the config is of another kind of model.
    """

    def __init__(
        self,
        config: str | os.PathLike | Config,
        checkpoint: str | os.PathLike,
        device: str | torch.device,
        peaks: Mapping[str, Any] | None = None,
    ) -> None:
        cfg, where = read_config(config)
        without_pretrained(cfg.model)
        content = read_checkpoint(checkpoint)
        self._scope = cfg.get('default_scope', 'mmpose')
        with DefaultScope.overwrite_default_scope(self._scope):
            self.model = revert_sync_batchnorm(MODELS.build(cfg.model))
            if not isinstance(self.model, ChannelKeypointDetector):
                kind = type(self.model).__name__
                raise LandmarkError(
                    f'{where}: the model is a {kind}; expected a ChannelKeypointDetector'
                )
            load_weights(self.model, content, str(checkpoint), where, 'channels')
            self._pipeline = Compose(_without_loading(cfg, where))
        own = (self.model.test_cfg or {}).get('peaks', {})
        self.model.test_cfg = dict(
            self.model.test_cfg or {}, output_heatmaps=False, peaks={**own, **(peaks or {})}
        )
        self.model.to(device).eval()

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the channels, in the order of the ids that come out."""
        return self.model.head.channels

    def prepare(self, picture: np.ndarray, name: str) -> dict[str, Any]:
        """Return what the model sees of a picture, as the test pipeline packs it.

        Args:
            picture: (H, W, 3) uint8, blue, green, red.
            name: For messages.
        """
        return self._pipeline(
            {
                'img': picture,
                'img_path': name,
                'img_id': 0,
                'img_shape': picture.shape[:2],
                'ori_shape': picture.shape[:2],
                'channel_names': self.channels,
                'channel_points': np.empty((0, 2), dtype=np.float32),
                'channel_ids': np.empty(0, dtype=np.int64),
                'channel_depths': np.empty(0, dtype=np.float32),
                'to_picture': identity_affine(),
                'dropped_points': np.zeros(len(self.channels), dtype=np.int64),
                'dataset_name': 'pictures',
                'flip_channels': (),
            }
        )

    @torch.no_grad()
    def predict(
        self, prepared: Sequence[dict[str, Any]]
    ) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Return the keypoints of some pictures.

        Args:
            prepared: What ``prepare`` returned, all of one size: none is padded for another.

        Returns:
            Of each points (P, 2) float64 in pixels of the picture, channel ids (P,) int64 and
            scores (P,) float64, sorted by channel and falling score.

        Raises:
            LandmarkError: A map is not finite.
        """
        with DefaultScope.overwrite_default_scope(self._scope):
            samples = self.model.test_step(pseudo_collate(list(prepared)))
        found = [sample.pred_instances for sample in samples]
        return [
            (i.points.astype(np.float64), i.channels.astype(np.int64), i.scores.astype(np.float64))
            for i in found
        ]


def _without_loading(cfg: Config, where: str) -> list[Any]:
    """Return the transforms of the test pipeline that follow the opening of the picture."""
    loader = cfg.get('test_dataloader') or cfg.get('val_dataloader') or {}
    steps = (loader.get('dataset') or {}).get('pipeline')
    if not steps:
        raise LandmarkError(f'{where}: test_dataloader.dataset has no pipeline')
    built = [TRANSFORMS.build(step) for step in steps]
    kept = [step for step in built if not isinstance(step, LoadChannelImage)]
    if len(kept) == len(built):
        raise LandmarkError(
            f'{where}: the test pipeline has no LoadChannelImage; expected a pipeline of channel '
            'keypoints'
        )
    return kept
