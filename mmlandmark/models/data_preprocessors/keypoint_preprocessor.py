"""Moves pair batches to the device and augments them there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from mmengine.model import BaseDataPreprocessor
from mmpose.registry import MODELS

from mmlandmark.models.data_preprocessors.augmentations import PairBatch
from mmlandmark.schemas import get_schema


@MODELS.register_module()
class KeypointPreprocessor(BaseDataPreprocessor):
    """Prepares the whole batch at once; nothing here runs per sample.

    Args:
        source_schema: Schema of the source points.
        target_schema: Schema of the target points.
        augmentations: Configs of augmentations, applied in this order in training only.
        non_blocking: Whether copies to the device are asynchronous.
    """

    def __init__(
        self,
        source_schema: Any,
        target_schema: Any,
        augmentations: Sequence[dict] = (),
        non_blocking: bool = True,
    ) -> None:
        super().__init__(non_blocking=non_blocking)
        flips = [
            torch.as_tensor(get_schema(schema).flip_indices)
            for schema in (source_schema, target_schema)
        ]
        self.augmentations = [MODELS.build({**a, 'flips': flips}) for a in augmentations]

    def forward(self, data: dict, training: bool = False) -> dict:
        """Return the batch on the device, with ``axes`` and ``unit`` added to its inputs.

        Args:
            data: A pair batch as ``PairedKeypointDataset`` gives it.
            training: Whether to augment.

        Returns:
            The same layout; ``inputs['axes']`` (B, 2, 2) are the picture's axes after
            augmentation and ``inputs['unit']`` (B,) the size of the labelled source points in
            pixels, before any was dropped, by which losses are measured.
        """
        data = self.cast_data(data)
        batch = PairBatch.from_data(data)
        if training:
            for augment in self.augmentations:
                augment(batch)
        return batch.to_data(data)
