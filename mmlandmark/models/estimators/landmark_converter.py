"""An estimator whose input is keypoints instead of a picture."""

from __future__ import annotations

from typing import Any

from mmengine.model import BaseModel
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample
from torch import Tensor


@MODELS.register_module()
class LandmarkConverter(BaseModel):
    """Turns the points of one schema into those of another.

    Args:
        source_schema: Schema of the points that come in (name, path or dict).
        target_schema: Schema of the points that go out.
        head: Options of the ``KeypointConverterHead``, without the schemas.
        data_preprocessor: Options of the ``KeypointPreprocessor``, without the schemas.
        train_cfg: Accepted as in MMPose's estimators; not used.
        test_cfg: Accepted as in MMPose's estimators; not used.
        init_cfg: MMEngine's initialisation config.
    """

    def __init__(
        self,
        source_schema: Any,
        target_schema: Any,
        head: dict | None = None,
        data_preprocessor: dict | None = None,
        train_cfg: dict | None = None,
        test_cfg: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        schemas = dict(source_schema=source_schema, target_schema=target_schema)
        preprocessor = dict(type='KeypointPreprocessor', **schemas) | dict(data_preprocessor or {})
        # built here: MMEngine would look in its own registry where no default scope is set
        super().__init__(MODELS.build(preprocessor), init_cfg)
        self.head = MODELS.build(dict(type='KeypointConverterHead', **schemas) | dict(head or {}))

    def forward(
        self, inputs: dict, data_samples: dict | None = None, mode: str = 'tensor'
    ) -> dict[str, Tensor] | list[PoseDataSample] | Tensor:
        """Run one of MMEngine's three modes on a pair batch.

        Args:
            inputs: Source points, as ``PairedKeypointDataset`` gives them.
            data_samples: Target points and what is known of each instance.
            mode: ``loss``, ``predict`` or ``tensor``.

        Returns:
            A dict of losses; a list of ``PoseDataSample`` with predictions in image coordinates;
            or the target points (B, T, 2) in pixels.

        Raises:
            ValueError: The mode is none of these.
        """
        if mode == 'loss':
            return self.head.loss(inputs, data_samples)
        if mode == 'predict':
            return self.head.predict(inputs, data_samples)
        if mode == 'tensor':
            return self.head(inputs).points
        raise ValueError(f"mode is {mode!r}, expected 'loss', 'predict' or 'tensor'")
