"""What heads share whose answer is the points of one schema, with a depth where there is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from mmpose.structures import PoseDataSample
from torch import Tensor

from mmlandmark.errors import LandmarkError
from mmlandmark.models.heads.flip_coordinates import COORDINATES
from mmlandmark.models.heads.plain_checkpoint import refuse_misfits
from mmlandmark.models.heads.schema_record import SchemaRecord
from mmlandmark.schemas import KeypointSchema, get_schema
from mmlandmark.schemas.schema import schema_from_json

#: A ``shift_coords`` of the flip test; see `mirror_shifts`.
CROP = 'crop'


class SpaceMixin:
    """Schema, record in the checkpoint and test settings; ``set_up_space`` comes first."""

    def set_up_space(
        self, schema: str | dict | KeypointSchema, settings: Mapping[str, Any]
    ) -> None:
        """Keep the schema and what else the weights are for.

        Args:
            schema: Schema of the points: name, path or dict.
            settings: Name -> value that JSON can hold; a checkpoint with another one is refused.
        """
        self.schema = get_schema(schema)
        record = dict(schema=self.schema.to_json(), head=self._where, **settings)
        # before any layer, so that it is compared before a weight of a checkpoint is taken over
        self.schema_record = SchemaRecord(record, partial(_differences, record), self._points)
        self._register_load_state_dict_pre_hook(self._refuse_misfits)
        self.test_cfg = {}

    @property
    def _where(self) -> str:
        return type(self).__name__

    @property
    def _points(self) -> str:
        return f'the {self.schema.num_keypoints} points of schema {self.schema.name!r}'

    @property
    def test_cfg(self) -> Mapping[str, Any]:
        """The estimator's test settings, which MMPose hands over when the model is built."""
        return self._test_cfg

    @test_cfg.setter
    def test_cfg(self, test_cfg: Mapping[str, Any]) -> None:
        mode = test_cfg.get('flip_mode', COORDINATES)
        if mode != COORDINATES:
            raise LandmarkError(
                f'{self._where}: test_cfg.flip_mode is {mode!r}; expected {COORDINATES!r}, since '
                'there are no maps'
            )
        shift = test_cfg.get('shift_coords', True)
        if not (isinstance(shift, bool) or shift == CROP):
            raise LandmarkError(
                f'{self._where}: test_cfg.shift_coords is {shift!r}; expected True, False or '
                f'{CROP!r}'
            )
        self._test_cfg = test_cfg

    def check_datasets(self, names_to_schema: Mapping[str, KeypointSchema]) -> None:
        """Raise a LandmarkError where a data set is labelled in other keypoints; names it.

        Args:
            names_to_schema: Data set name -> schema of its labels.
        """
        for name, schema in names_to_schema.items():
            if told := self.schema.differences(schema):
                raise LandmarkError(
                    f'{self._where}: data set {name!r} is labelled in other keypoints than '
                    f'{self.schema.name!r}: {told}'
                )

    def _refuse_misfits(self, state_dict: dict[str, Tensor], prefix: str, *args: Any) -> None:
        refuse_misfits(self, self._points, state_dict, prefix)


def mirror_shifts(samples: Sequence[PoseDataSample], shift: bool | str) -> np.ndarray:
    """Return by how much less than the width of the input a place and its mirror image add up to.

    Args:
        samples: With the ``input_size`` and ``input_scale`` of their inputs.
        shift: ``test_cfg.shift_coords``. True: 1, of points that are measured from the middle of
            the first pixel, as in MMPose. False: 0, of points that are measured from its corner.
            ``crop``: of such points in a crop by ``TopdownAffine``, which takes them as measured
            from the middle: where it resizes by s, what is at them comes to lie (1 - s) / 2 pixels
            beside them, to the same side in a mirror image.

    Returns:
        (B,) float64, pixels of the input.
    """
    if shift != CROP:
        return np.full(len(samples), float(bool(shift)))
    infos = (sample.metainfo for sample in samples)
    return np.array([1 - info['input_size'][0] / info['input_scale'][0] for info in infos])


def points_in_picture(points: np.ndarray, sample: PoseDataSample) -> np.ndarray:
    """Return points (1, K, 3) with x and y in pixels of the picture rather than of the input."""
    size, scale, center = (
        np.asarray(sample.metainfo[f'input_{key}']) for key in ('size', 'scale', 'center')
    )
    moved = points[..., :2] / size * scale + center - scale / 2
    return np.concatenate([moved, points[..., 2:]], axis=-1).astype(points.dtype)


def _differences(own: Mapping[str, Any], content: Mapping[str, Any]) -> str:
    """Say how a checkpoint's record differs; a picklable function."""
    if content.get('head') != own['head']:
        return f'it is of no {own["head"]}'
    told = [schema_from_json(own['schema']).differences(schema_from_json(content['schema']))]
    told += [
        f'its {key} is {content.get(key)!r}, here {own[key]!r}'
        for key in own
        if key != 'schema' and content.get(key) != own[key]
    ]
    return '; '.join(filter(None, told))
