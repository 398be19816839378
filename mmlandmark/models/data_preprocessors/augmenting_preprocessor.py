"""Augmentation of whole batches of pictures and their keypoints, on the device."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from mmengine.logging import print_log
from mmpose.registry import MODELS
from torch import Tensor

from mmlandmark.errors import LandmarkError
from mmlandmark.geometry.crop_warp import (
    CropFrame,
    change_matrices,
    cut_inputs,
    to_device,
    uncovered_share,
    warp_crops,
)
from mmlandmark.geometry.random_affine import RandomAffine
from mmlandmark.models.data_preprocessors.crop_labels import (
    move_labels,
    read_box_shares,
    read_frame,
)
from mmlandmark.models.data_preprocessors.packed_preprocessor import (
    PackedPoseDataPreprocessor,
)
from mmlandmark.models.data_preprocessors.random_numbers import StepNumbers


@MODELS.register_module()
class AugmentingPoseDataPreprocessor(PackedPoseDataPreprocessor):
    """Augments the crops of ``CropWithMargin``; else as ``PackedPoseDataPreprocessor``.

    Training needs ``encoder=dict(type='KeypointLabels')`` in ``GenerateTarget`` and
    ``targets='device'`` in the head. Without ``training``, and for batches that come from
    ``TopdownAffine``, nothing is augmented. Boxes and keypoints of ``gt_instances`` stay those of
    the picture.

    Args:
        affine: Options of ``RandomAffine``; None for no such changes.
        pixels: Configs of changes that leave keypoints in place, such as ``BatchColorJitter``;
            applied in this order to the inputs.
        rgb_to_bgr: As in ``PoseDataPreprocessor``; the pipeline gives RGB then, else BGR.
        options: Of ``PoseDataPreprocessor``.

    Raises:
        LandmarkError: An option makes no sense.
    """

    def __init__(
        self,
        affine: Mapping[str, Any] | None = None,
        pixels: Sequence[Mapping[str, Any]] = (),
        rgb_to_bgr: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(rgb_to_bgr=rgb_to_bgr, **options)
        where = type(self).__name__
        self.affine = None if affine is None else RandomAffine.from_config(affine, where)
        self.pixels = [MODELS.build(dict(change)) for change in pixels]
        self.takes_rgb = rgb_to_bgr != self._swaps_channels
        self.numbers = StepNumbers()
        self.told = False

    def forward(self, data: dict[str, Any], training: bool = False) -> dict[str, Any]:
        """Return normalised inputs (B, C, h, w) and their samples, on the device."""
        frame = read_frame(data['data_samples'])
        if frame is None:
            return super().forward(data, training)
        with torch.no_grad():
            data = self.cast_data(data)
            crops, samples = data['inputs'], data['data_samples']
            if not isinstance(crops, Tensor):
                raise LandmarkError(
                    f'{type(self).__name__}: crops of one batch differ in size; nothing may '
                    'change it behind CropWithMargin'
                )
            inputs = self._inputs(crops, samples, frame, training)
            if self._enable_normalize:
                inputs = (inputs - self.mean).div_(self.std)
            shape = tuple(inputs.shape[-2:])
            for sample in samples:
                sample.set_metainfo(dict(batch_input_shape=shape, pad_shape=shape))
            if training and self.batch_augments is not None:
                for augment in self.batch_augments:
                    inputs, samples = augment(inputs, samples)
        return dict(inputs=inputs, data_samples=samples)

    def _inputs(
        self, crops: Tensor, samples: Sequence[Any], frame: CropFrame, training: bool
    ) -> Tensor:
        """Return inputs before they are normalised; moves the labels with them."""
        if not training:
            return cut_inputs(crops, frame)
        rng = self.numbers.generator()
        if self.affine is None:
            return self._changed(cut_inputs(crops, frame), rng)
        self._tell_uncovered(frame)
        changes = self.affine.draw(len(crops), rng)
        matrices = change_matrices(frame, changes, read_box_shares(samples))
        move_labels(samples, to_device(matrices, crops.device), changes.flip, frame)
        return self._changed(warp_crops(crops, frame, matrices), rng)

    def _changed(self, inputs: Tensor, rng: np.random.Generator) -> Tensor:
        if not self.pixels:
            return inputs
        if inputs.shape[1] != 3:
            raise LandmarkError(
                f'{type(self).__name__}: pixels need pictures of 3 channels, these have '
                f'{inputs.shape[1]}'
            )
        inputs = inputs if self.takes_rgb else inputs.flip(1)
        for change in self.pixels:
            inputs = change(inputs, rng)
        return inputs if self.takes_rgb else inputs.flip(1)

    def _tell_uncovered(self, frame: CropFrame) -> None:
        """Say once how much of the inputs the margin is too narrow for."""
        if self.told:
            return
        self.told = True
        changes = self.affine.draw(500, np.random.default_rng(0))
        share = uncovered_share(frame, change_matrices(frame, changes))
        if share > 0:
            print_log(
                f'{type(self).__name__}: {share:.1%} of an augmented input lies beyond the margin '
                'and is black, with weight 0 for keypoints there; CropWithMargin without margin '
                'and with the affine of this preprocessor covers all',
                logger='current',
            )
