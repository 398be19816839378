"""MMPose's heads with targets drawn and outputs decoded on the device, for stock configs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mmpose.models.heads import HeatmapHead, RTMCCHead, SimCCHead
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample
from torch import Tensor

from mmlandmark.geometry.product_maps import ProductMaps
from mmlandmark.models.heads.accuracy import batch_accuracy
from mmlandmark.models.heads.accuracy_interval import (
    accuracy_is_due,
    check_accuracy_interval,
)
from mmlandmark.models.heads.device_labels import draw_rows
from mmlandmark.models.heads.device_options import (
    DeviceOptionsMixin,
    check_labels,
    read_coordinates,
)
from mmlandmark.models.heads.row_losses import Rows, keypoint_rows
from mmlandmark.models.losses.product_maps import product_loss


class DeviceHeadMixin(DeviceOptionsMixin):
    """Takes the place of a head of MMPose: same weights, same losses, same predictions.

    Args:
        targets: ``device``: ``GenerateTarget`` has the encoder ``KeypointLabels``, and the head
            draws what its ``decoder`` would encode. ``pipeline``: as MMPose.
        decoding: ``device``: whole batches, with one copy back. ``codec``: as MMPose.
        accuracy_interval: ``acc_pose`` is computed in every so many iterations only, and missing
            from the losses of the others; see ``accuracy_is_due``.
        **head: Options of MMPose's head.

    Raises:
        LandmarkError: An option is unknown, or cannot be had with the head's codec.
    """

    def __init__(
        self,
        *args: Any,
        targets: str = 'device',
        decoding: str = 'device',
        accuracy_interval: int = 1,
        **head: Any,
    ) -> None:
        super().__init__(*args, **head)
        self.accuracy_interval = check_accuracy_interval(accuracy_interval, type(self).__name__)
        self.set_up_device(targets, decoding)

    def loss(
        self,
        feats: Sequence[Tensor],
        batch_data_samples: Sequence[PoseDataSample],
        train_cfg: Mapping[str, Any] | None = None,
    ) -> dict[str, Tensor]:
        """Return ``loss_kpt`` and ``acc_pose`` as MMPose's head does.

        Nothing waits for the device. UDP's combined target has no accuracy.

        Args:
            feats: Feature maps (B, C, H, W) of each level.
            batch_data_samples: One per image.
            train_cfg: ``compute_acc=False`` leaves the accuracy out.

        Raises:
            LandmarkError: The pipeline does not give what ``targets`` asks for.
        """
        check_labels(batch_data_samples, self.targets, type(self).__name__)
        due = accuracy_is_due(self.accuracy_interval, train_cfg)
        if self.targets == 'pipeline':
            train_cfg = {**(train_cfg or {}), 'compute_acc': due}
            return super().loss(feats, batch_data_samples, train_cfg)
        outputs = self.forward(feats)
        points, visible, weights = read_coordinates(batch_data_samples)
        weights, drawn = self.device_codec.weigh(points, visible, weights)
        rows = draw_rows(self.device_codec, self.loss_module, points, drawn)
        losses = {'loss_kpt': self._loss(outputs, rows, weights)}
        if due:
            accuracy = self._accuracy(outputs, rows, weights)
            losses |= {} if accuracy is None else {'acc_pose': accuracy}
        return losses

    def _loss(self, outputs: Any, rows: Rows, weights: Tensor) -> Tensor:
        if isinstance(rows[0], ProductMaps):
            return product_loss(self.loss_module, outputs, rows[0], weights)
        targets = tuple(row.unflatten(0, weights.shape).flatten(1, 2) for row in rows)
        return self.loss_module(outputs, targets if len(rows) > 1 else targets[0], weights)

    def _accuracy(self, outputs: Any, rows: Rows, weights: Tensor) -> Tensor | None:
        number = weights.shape[1]
        pred = keypoint_rows(outputs, number, type(self).__name__)
        ratio = getattr(self, 'simcc_split_ratio', 1.0)
        return batch_accuracy(pred, rows, weights > 0, ratio)


@MODELS.register_module()
class DeviceHeatmapHead(DeviceHeadMixin, HeatmapHead):
    """MMPose's ``HeatmapHead`` on the device; see ``DeviceHeadMixin``."""


@MODELS.register_module()
class DeviceSimCCHead(DeviceHeadMixin, SimCCHead):
    """MMPose's ``SimCCHead`` on the device; see ``DeviceHeadMixin``."""


@MODELS.register_module()
class DeviceRTMCCHead(DeviceHeadMixin, RTMCCHead):
    """MMPose's ``RTMCCHead`` on the device; see ``DeviceHeadMixin``."""
