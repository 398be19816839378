"""The options ``targets`` and ``decoding`` of heads: what is drawn and decoded on the device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmengine.structures import InstanceData
from torch import Tensor

from mmlandmark.codecs.device_codec import Decoded, DeviceCodec, Outputs, device_codec
from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.models.heads.supervision import describe_sample

TARGETS = ('pipeline', 'device')
"""Where targets are drawn: by ``GenerateTarget`` in the loader, or by the head."""
DECODING = ('codec', 'device')
"""What decodes: MMPose's codec, sample by sample in numpy, or the head's device, whole batches."""


class DeviceOptionsMixin:
    """A head of MMPose that may decode on its device; a class calls ``set_up_device``."""

    targets: str
    decoding: str
    decoder: Any

    def set_up_device(self, targets: str, decoding: str) -> None:
        """Check and keep the options.

        Raises:
            LandmarkError: One is unknown, or cannot be had with the head's codec.
        """
        where = type(self).__name__
        check_device_options(targets, decoding, where)
        self.targets, self.decoding = targets, decoding
        self.device_codec: DeviceCodec | None = None
        if 'device' in (targets, decoding):
            self.device_codec = device_codec(self.decoder, where)

    def decode(self, batch_outputs: Outputs) -> list[InstanceData]:
        """Decode a batch; see MMPose's ``BaseHead``."""
        return self.decode_parts([batch_outputs])[0]

    def decode_parts(self, parts: Sequence[Outputs]) -> list[list[InstanceData]]:
        """Decode several batches, of any numbers of keypoints; on the device with one copy back."""
        if self.decoding == 'codec':
            return [super(DeviceOptionsMixin, self).decode(part) for part in parts]
        with torch.no_grad():
            return instances_of([self.device_codec.decode(part) for part in parts])


def check_device_options(targets: str, decoding: str, where: str) -> None:
    """Raise a LandmarkError where one of the two options is unknown."""
    for name, value, known in (('targets', targets, TARGETS), ('decoding', decoding, DECODING)):
        if value not in known:
            raise LandmarkError(
                f'{where}: {name} is {value!r}{nearest(str(value), known)}; expected one of '
                f'{", ".join(known)}'
            )


def check_labels(samples: Sequence[Any], targets: str, where: str) -> None:
    """Check that the pipeline gives what the head's ``targets`` asks for.

    Args:
        samples: The batch, of ``PoseDataSample``.
        targets: The head's option.
        where: The head, for the message.

    Raises:
        LandmarkError: It gives the other; names the line to change.
    """
    for sample in samples:
        coordinates = 'input_keypoints' in sample.gt_instance_labels
        if targets == 'device' and not coordinates:
            raise LandmarkError(
                f"{where}: targets='device', but {describe_sample(sample)} has no coordinates to "
                "draw; set encoder=dict(type='KeypointLabels') in GenerateTarget of the training "
                "pipeline, or targets='pipeline' in the head"
            )
        if targets == 'pipeline' and coordinates:
            raise LandmarkError(
                f"{where}: targets='pipeline', but {describe_sample(sample)} has coordinates and "
                "no rendered target; set targets='device' in the head, or encoder=codec in "
                'GenerateTarget of the training pipeline'
            )


def read_coordinates(samples: Sequence[Any]) -> tuple[Tensor, Tensor, Tensor]:
    """Return the labels of ``KeypointLabels``: points (B, K, 2), visible and weights (B, K)."""
    labels = [sample.gt_instance_labels for sample in samples]
    fields = ('input_keypoints', 'input_visible', 'keypoint_weights')
    return tuple(torch.cat([label.get(field) for label in labels]) for field in fields)


def instances_of(parts: Sequence[Decoded]) -> list[list[InstanceData]]:
    """Return decoded batches as MMPose's instances; all are copied to the CPU at once."""
    fields = [field for part in parts for field in part if field is not None]
    flat = torch.cat([field.flatten() for field in fields]).cpu().numpy()
    arrays = iter(np.split(flat, np.cumsum([field.numel() for field in fields])[:-1]))
    found = []
    for part in parts:
        points, scores = (next(arrays).reshape(1, *field.shape) for field in part[:2])
        shown = next(arrays).reshape(1, *scores.shape[1:]) if part.visibility is not None else None
        instances = []
        for row in range(points.shape[1]):
            one = InstanceData(keypoints=points[:, row], keypoint_scores=scores[:, row])
            if shown is not None:
                one.keypoints_visible = shown[:, row]
            instances.append(one)
        found.append(instances)
    return found
