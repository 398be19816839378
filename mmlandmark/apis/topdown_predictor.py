"""Points of many crops at once, by any top-down model of MMPose or of this package."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import torch
from mmengine.dataset import pseudo_collate
from mmengine.logging import print_log
from mmengine.structures import InstanceData
from mmpose.models.data_preprocessors import PoseDataPreprocessor
from mmpose.models.pose_estimators import TopdownPoseEstimator
from mmpose.structures import PoseDataSample
from torch import Tensor

from mmlandmark import memory
from mmlandmark.apis.inference_network import InferenceNetwork
from mmlandmark.apis.topdown_crops import Crop
from mmlandmark.errors import LandmarkError
from mmlandmark.models.heads.device_options import DECODING
from mmlandmark.models.heads.inference_view import (
    BatchFeatures,
    decodes_on_device,
    inference_view,
    single_precision,
)
from mmlandmark.schemas import KeypointSchema

_OWN = ('forward', 'predict', 'extract_feat', 'add_pred_to_datasample', 'test_step')


class Landmarks(NamedTuple):
    """The points of one box.

    Args:
        points: (K, 2) float64, pixels of the picture.
        scores: (K,) float64, the model's own.
        visible: (K,) float64 where the codec tells visibility, else None.
    """

    points: np.ndarray
    scores: np.ndarray
    visible: np.ndarray | None = None


class TopdownPredictor:
    """Runs a model over batches of crops: a flip test is one batch, and points come in one copy.

    Args:
        model: A ``TopdownPoseEstimator`` in evaluation mode.
        bfloat16: Run the network in bfloat16, by autocast; decoding stays in float32.
        channels_last: Run the network on that memory format; None: on a CPU.
        fuse: Run a copy of the network with batch normalisations folded into convolutions.
        decoding: ``device``: whole batches, where the codec is known; else, and with ``codec``, by
            the head itself.
        keep_memory: Let the whole process keep memory that is freed, until it ends: see
            ``mmlandmark.memory.keep_memory``. For models on a CPU.

    Raises:
        LandmarkError: ``decoding`` is unknown.
    """

    def __init__(
        self,
        model: TopdownPoseEstimator,
        bfloat16: bool = False,
        channels_last: bool | None = None,
        decoding: str = 'device',
        fuse: bool = True,
        keep_memory: bool = False,
    ) -> None:
        if decoding not in DECODING:
            raise LandmarkError(f'decoding is {decoding!r}; expected one of {", ".join(DECODING)}')
        self.model, self.bfloat16, self.on_device = model, bfloat16, decoding == 'device'
        self._network = InferenceNetwork(model, fuse, channels_last)
        kind = type(model)
        self.is_known = all(getattr(kind, n) is getattr(TopdownPoseEstimator, n) for n in _OWN)
        preprocessor = type(model.data_preprocessor)
        #: Whether pictures may be normalised apart from their samples, and as one tensor.
        self.is_plain = preprocessor.forward is PoseDataPreprocessor.forward
        self._as_one = self.is_plain and preprocessor.cast_data is PoseDataPreprocessor.cast_data
        self._note(decoding)
        if keep_memory:
            _keep_memory(model.data_preprocessor.device)

    @property
    def packs_all(self) -> bool:
        """Whether something of the model may read more of a sample than heads do."""
        return not (self.is_known and self.is_plain)

    @torch.no_grad()
    def __call__(self, crops: Sequence[Crop], test_cfg: Mapping[str, Any]) -> list[Landmarks]:
        """Return the points of each of N crops.

        Args:
            crops: What a ``CropPipeline`` returned.
            test_cfg: Settings of the test that take the place of the model's.

        Raises:
            LandmarkError: The model is in training mode, in which a crop's points would depend on
                the others of its batch.
        """
        if not crops:
            return []
        if self.model.training:
            raise LandmarkError(
                f'the {type(self.model).__name__} is in training mode; expected model.eval() '
                'before it predicts'
            )
        if not self.is_known:
            return self._by_test_step(crops, test_cfg)
        samples = [crop.sample for crop in crops]
        flip_test = test_cfg.get('flip_test', False)
        inputs = self._inputs(crops)
        network = self._network(inputs)
        with self._autocast():
            if flip_test:
                inputs = torch.cat((inputs, inputs.flip(-1)))
            whole = network.extract_feat(inputs)
        passes = 2 if flip_test else 1
        features = BatchFeatures(single_precision(whole), passes, self._autocast)
        head = inference_view(network.head, features, self.on_device)
        feats = features.parts if flip_test else features.whole
        found = head.predict(feats, samples, test_cfg={**test_cfg, 'output_heatmaps': False})
        return _in_pictures(found, samples, test_cfg.get('output_keypoint_indices'))

    def _autocast(self) -> torch.autocast:
        device = self.model.data_preprocessor.device.type
        return torch.autocast(device, torch.bfloat16, enabled=self.bfloat16)

    def _inputs(self, crops: Sequence[Crop]) -> Tensor:
        """Return the network's input (N, 3, H, W)."""
        pictures, preprocessor = [crop.inputs for crop in crops], self.model.data_preprocessor
        if self._as_one and len({(picture.shape, picture.dtype) for picture in pictures}) == 1:
            batch = torch.stack(pictures)
            if preprocessor.device.type == 'cuda':
                batch = batch.pin_memory().to(preprocessor.device, non_blocking=True)
            batch = preprocessor(dict(inputs=batch, data_samples=[]), False)['inputs']
        elif self.is_plain:
            batch = preprocessor(dict(inputs=pictures, data_samples=[]), False)['inputs']
        else:
            packed = [dict(inputs=crop.inputs, data_samples=crop.sample) for crop in crops]
            batch = preprocessor(pseudo_collate(packed), False)['inputs']
        return batch.contiguous(memory_format=self._network.memory_format)

    def _by_test_step(self, crops: Sequence[Crop], test_cfg: Mapping[str, Any]) -> list[Landmarks]:
        packed = [dict(inputs=crop.inputs, data_samples=crop.sample) for crop in crops]
        with self._autocast(), _settings(self.model, {**test_cfg, 'output_heatmaps': False}):
            samples = self.model.test_step(pseudo_collate(packed))
        return [_landmarks(sample.pred_instances) for sample in samples]

    def _note(self, decoding: str) -> None:
        """Say once what takes the slow way."""
        slow = []
        if not self.is_known:
            slow.append(f'{type(self.model).__name__} predicts in its own way')
        elif not self.is_plain:
            slow.append(f'{type(self.model.data_preprocessor).__name__} normalises one by one')
        if self.is_known and decoding == 'device' and not decodes_on_device(self.model.head):
            slow.append(f'{type(self.model.head).__name__} decodes sample by sample')
        if slow:
            print_log(f'inference: {"; ".join(slow)}', logger='current', level=logging.INFO)


def check_finite(
    found: Sequence[Landmarks], crops: Sequence[Crop], schema: KeypointSchema | None = None
) -> None:
    """Raise a LandmarkError where a point or a score is not finite; names picture and keypoint.

    Args:
        found: Points of some crops.
        crops: The crops.
        schema: What the points are, where no head has noted it.
    """
    for one, crop in zip(found, crops, strict=True):
        bad = ~(np.isfinite(one.points).all(axis=-1) & np.isfinite(one.scores))
        if bad.any():
            keypoint, own = int(bad.argmax()), crop.sample.metainfo.get('pred_schema', schema)
            name = keypoint if own is None else own.keypoints[keypoint]
            raise LandmarkError(
                f'{crop.sample.metainfo.get("img_path")}: the model predicts '
                f'{one.points[keypoint].tolist()} (score {one.scores[keypoint]}) for {name}; '
                'expected finite numbers: are its weights damaged?'
            )


def _keep_memory(device: torch.device) -> None:
    """Keep the memory of the process, or say why that changes nothing."""
    if device.type != 'cpu':
        reason = f'the model is on {device}'
    elif not memory.keep_memory():
        reason = 'this process has no malloc of glibc'
    else:
        return
    text = f'inference: keep_memory changes nothing here: {reason}'
    print_log(text, logger='current', level=logging.WARNING)


@contextmanager
def _settings(model: TopdownPoseEstimator, test_cfg: Mapping[str, Any]) -> Iterator[None]:
    before, model.test_cfg = model.test_cfg, dict(test_cfg)
    try:
        yield
    finally:
        model.test_cfg = before


def _in_pictures(
    found: Sequence[InstanceData], samples: Sequence[PoseDataSample], kept: Sequence[int] | None
) -> list[Landmarks]:
    """Return points of the inputs in pixels of the pictures, as ``add_pred_to_datasample`` does."""
    places = ('input_size', 'input_center', 'input_scale')
    sizes, centers, scales = (np.array([s.get(place) for s in samples]) for place in places)
    factors, starts = scales / sizes, centers - 0.5 * scales
    landmarks = [_landmarks(instance) for instance in found]
    return [
        _chosen(one._replace(points=one.points * factor + start), kept)
        for one, factor, start in zip(landmarks, factors, starts, strict=True)
    ]


def _landmarks(instances: InstanceData) -> Landmarks:
    fields = (_array(instances.keypoints)[0, :, :2], _array(instances.keypoint_scores)[0])
    points, scores = (field.astype(np.float64) for field in fields)
    shown = instances.get('keypoints_visible')
    return Landmarks(points, scores, None if shown is None else _array(shown)[0].astype(np.float64))


def _chosen(landmarks: Landmarks, kept: Sequence[int] | None) -> Landmarks:
    if kept is None:
        return landmarks
    return Landmarks(*(None if part is None else part[list(kept)] for part in landmarks))


def _array(values: Any) -> np.ndarray:
    return values.cpu().numpy() if isinstance(values, Tensor) else np.asarray(values)
