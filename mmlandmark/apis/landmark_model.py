"""A trained top-down model that takes crops of pictures and says in which schema it answers."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmengine.model.utils import revert_sync_batchnorm
from mmengine.registry import DefaultScope
from mmpose.datasets.datasets.utils import parse_pose_metainfo
from mmpose.models.pose_estimators import TopdownPoseEstimator
from mmpose.registry import DATASETS, MODELS

from mmlandmark.apis.load_model import (
    load_weights,
    read_checkpoint,
    read_config,
    without_pretrained,
)
from mmlandmark.apis.topdown_crops import Crop, CropPipeline
from mmlandmark.apis.topdown_predictor import Landmarks, TopdownPredictor, check_finite
from mmlandmark.engine.schema_check import dataset_schemas
from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.models.heads.predicted_schema import target_schema
from mmlandmark.schemas import KeypointSchema, schema_of_metainfo


class LandmarkModel:
    """A top-down pose estimator of MMPose or of this package, with its test pipeline.

    Args:
        config: Config of the model.
        checkpoint: Its weights; every weight must be there and fit.
        device: Where to compute.
        target: For a model of several schemas: the name of the one to predict, of a data set, or
            ``union``.
        **speed: Options of ``TopdownPredictor``.

    Attributes:
        schema: The schema of the predictions.

    Raises:
        LandmarkError: A file is wrong, the checkpoint does not fit the config or is for other
            keypoints, or the model has several schemas and none was chosen.
    """

    def __init__(
        self,
        config: str | os.PathLike | Config,
        checkpoint: str | os.PathLike,
        device: str | torch.device,
        target: str | None = None,
        **speed: Any,
    ) -> None:
        cfg, where = read_config(config)
        without_pretrained(cfg.model)
        content = read_checkpoint(checkpoint)
        self._scope = cfg.get('default_scope', 'mmpose')
        with DefaultScope.overwrite_default_scope(self._scope):
            self.model = revert_sync_batchnorm(MODELS.build(cfg.model))
            if not isinstance(self.model, TopdownPoseEstimator):
                kind = type(self.model).__name__
                raise LandmarkError(
                    f'{where}: the model is a {kind}; expected a TopdownPoseEstimator'
                )
            dataset, datasets = _test_set(cfg, where)
            self.schema, self._dataset_name = self._find_schema(datasets, target, where)
            self._compare_schemas(content, str(checkpoint), where)
            load_weights(self.model, content, str(checkpoint), where, 'keypoints')
            self.model.to(device).eval()
            self._predictor = TopdownPredictor(self.model, **speed)
            metainfo = parse_pose_metainfo(self.schema.to_metainfo())
            metainfo['dataset_name'] = self._dataset_name
            pipeline = _pipeline(dataset, self._dataset_name, where)
            self._crops = CropPipeline(pipeline, metainfo, self._predictor.packs_all)
        self._test_cfg = dict(self.model.test_cfg or {})
        if self._is_of_several and target not in (None, self._dataset_name):
            self._test_cfg['target_schema'] = target

    @property
    def _is_of_several(self) -> bool:
        return hasattr(self.model.head, 'dataset_schemas')

    @property
    def dataset_name(self) -> str | None:
        """The data set that a box is said to be of."""
        return self._dataset_name

    @property
    def test_cfg(self) -> dict[str, Any]:
        """Settings of the test, with the chosen ``target_schema`` where there is one."""
        return dict(self._test_cfg)

    def crop(
        self, picture: np.ndarray, box: np.ndarray, name: str, dataset_name: str | None = None
    ) -> Crop:
        """Return what the model sees of a box.

        Args:
            picture: (H, W, 3) uint8, blue, green, red.
            box: (4,) x1, y1, x2, y2, pixels.
            name: Of the picture, for messages.
            dataset_name: For models of several schemas: the data set that the box is of, whose
                schema is predicted unless ``target`` says otherwise.
        """
        return self._crops(picture, box, name, dataset_name)

    def predict(
        self, crops: Sequence[Crop], flip_test: bool | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the points of N crops.

        Args:
            crops: What ``crop`` returned.
            flip_test: Average with the mirrored crop; None: as the config says.

        Returns:
            Points (N, K, 2) float64 in pixels of the pictures, and scores (N, K) float64.

        Raises:
            LandmarkError: A prediction is not finite, or of another number of keypoints.
        """
        found = self.landmarks(crops, flip_test)
        expected = self.schema.num_keypoints
        other = next((len(one.points) for one in found if len(one.points) != expected), None)
        if other is not None:
            raise LandmarkError(
                f'the model predicts {other} keypoints, but its schema {self.schema.name!r} has '
                f'{expected}'
            )
        return np.stack([one.points for one in found]), np.stack([one.scores for one in found])

    def landmarks(self, crops: Sequence[Crop], flip_test: bool | None = None) -> list[Landmarks]:
        """Return the points of N crops, each in the schema that is predicted for it.

        Args:
            crops: What ``crop`` returned.
            flip_test: Average with the mirrored crop; None: as the config says.

        Raises:
            LandmarkError: A prediction is not finite.
        """
        chosen = {} if flip_test is None else {'flip_test': flip_test}
        with DefaultScope.overwrite_default_scope(self._scope):
            found = self._predictor(crops, {**self._test_cfg, **chosen})
        check_finite(found, crops, self.schema)
        return found

    def _find_schema(
        self, datasets: Mapping[str, KeypointSchema], target: str | None, where: str
    ) -> tuple[KeypointSchema, str | None]:
        """Return the schema of the predictions and the data set that a sample is said to be of."""
        head = self.model.head
        if hasattr(head, 'conversion'):
            return head.conversion.target, None
        if not self._is_of_several:
            return _only(datasets, target, where)
        own = head.dataset_schemas
        chosen = target or (self.model.test_cfg or {}).get('target_schema', head.target_schema)
        if chosen is None:
            return _only(own, None, where)
        if target in own:
            return own[target], target
        return target_schema(head, chosen), next(iter(own))

    def _compare_schemas(self, content: Mapping[str, Any], checkpoint: str, where: str) -> None:
        """Compare a plain head's keypoints with what the checkpoint says it was trained for."""
        meta = (content.get('meta') or {}).get('dataset_meta') or {}
        if self._is_of_several or hasattr(self.model.head, 'conversion'):
            return  # these compare themselves, or answer in other keypoints than they learned
        members = meta.get('datasets') or {'': meta}
        known = [m for m in members.values() if 'keypoint_id2name' in m or 'keypoint_info' in m]
        schemas = [schema_of_metainfo(m) for m in known]
        if schemas and not any(self.schema.same_keypoints(schema) for schema in schemas):
            other = schemas[0]
            same_count = other.num_keypoints == self.schema.num_keypoints
            raise LandmarkError(
                f'{checkpoint}: is for the {other.num_keypoints} keypoints of {other.name!r}, but '
                f'{where} for the {self.schema.num_keypoints} of {self.schema.name!r}'
                + (f': {self.schema.differences(other)}' if same_count else '')
            )


def _only(
    schemas: Mapping[str, KeypointSchema], target: str | None, where: str
) -> tuple[KeypointSchema, str]:
    """Return the schema of some data sets, which must be one or chosen, and a data set of it."""
    known = {schema.name: name for name, schema in reversed(schemas.items())}
    known |= {name: name for name in schemas}
    if target is not None:
        if target not in known:
            raise LandmarkError(
                f'{where}: does not predict {target!r}{nearest(target, known)}; expected one of '
                f'{", ".join(known)}'
            )
        return schemas[known[target]], known[target]
    name, schema = next(iter(schemas.items()))
    if not all(schema.same_keypoints(other) for other in schemas.values()):
        raise LandmarkError(
            f'{where}: the model predicts several schemas; choose one with schema= (--schema): '
            f'{", ".join(known)}'
        )
    return schema, name


def _test_set(cfg: Config, where: str) -> tuple[Mapping[str, Any], dict[str, KeypointSchema]]:
    """Return the config of the test set and the schema of each of its data sets; none is read."""
    loader = cfg.get('test_dataloader') or cfg.get('val_dataloader')
    if not loader:
        raise LandmarkError(
            f'{where}: has no test_dataloader, whose pipeline makes the crops of a picture'
        )
    dataset = loader['dataset']
    schemas = dataset_schemas(DATASETS.build(dict(dataset, lazy_init=True)))
    if not schemas:
        raise LandmarkError(f'{where}: test_dataloader.dataset has no keypoints')
    return dataset, schemas


def _pipeline(dataset: Mapping[str, Any], name: str | None, where: str) -> list:
    """Return the pipeline of the test set, of the named member where there are several."""
    members = dataset.get('datasets')
    if isinstance(members, Mapping):
        dataset = members.get(name, next(iter(members.values())))
    if not dataset.get('pipeline'):
        raise LandmarkError(f'{where}: test_dataloader.dataset has no pipeline')
    return dataset['pipeline']
