"""A trained head that answers in another schema than the one it was trained for."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from typing import Any

import numpy as np
from mmengine.logging import print_log
from mmengine.structures import InstanceData, PixelData
from mmpose.models.heads import BaseHead
from mmpose.registry import MODELS
from mmpose.structures import PoseDataSample
from torch import Tensor, nn

from mmlandmark.errors import LandmarkError
from mmlandmark.models.converters.conversions import PointConversion, load_conversion
from mmlandmark.models.heads.converted_instances import (
    check_samples,
    convert_instances,
    describe,
    flip_indices_of,
)
from mmlandmark.models.heads.flip_coordinates import (
    averages_coordinates,
    check_flip_mode,
    predict_both,
)
from mmlandmark.schemas import KeypointSchema

COUNTS = ('out_channels', 'num_joints', 'num_keypoints')
"""Attributes in which MMPose's heads say how many keypoints they have."""
COMBINED = 3
"""Maps per keypoint of the UDP codec's combined target: one heatmap and two offsets."""


@MODELS.register_module()
class ConvertedHead(BaseHead):
    """Predicts with any trained head and converts its points, for tests on other data sets.

    The checkpoint of the plain model loads as it is. The flip test mirrors with the source's flip
    indices, whatever the data set has; points are converted in image coordinates, a batch at a
    time. Each sample gets the metainfo ``pred_schema`` and ``source_schema``; heatmaps
    (``output_heatmaps``) stay the source's.

    Args:
        head: Config of the trained head.
        conversion: ``names`` (copy the points of equal names), the name of a shipped mapping, the
            path of a mapping (.json) or of a trained converter (.pth), or a mapping's dict.
        source_schema: Schema that the head was trained for; by default that of the conversion,
            which must agree. ``names`` needs it.
        target_schema: The same for the schema of the predictions.
        score_thr: A source point counts as seen where its score is above; a mapping does not give
            a point whose source is not seen, a converter infers it.
        covered_by: Another conversion, given in the same way: only keypoints that it covers as
            well are declared covered, so that figures compare with its own.
        init_cfg: MMEngine's initialisation config.

    Raises:
        LandmarkError: The conversion is unknown or between other schemas, or the head has another
            number of keypoints than the source schema.
    """

    def __init__(
        self,
        head: MappingType[str, Any],
        conversion: Any,
        source_schema: Any = None,
        target_schema: Any = None,
        score_thr: float = 0.0,
        covered_by: Any = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.conversion: PointConversion = load_conversion(conversion, source_schema, target_schema)
        self.head = MODELS.build(head)
        self.score_thr = score_thr
        self.covered = covered_with(self.conversion, covered_by)
        self._test_cfg: MappingType[str, Any] = {}
        check_head(self.head, self.conversion.source)
        self._register_load_state_dict_pre_hook(self._adopt_plain_weights)
        print_log(f'Predictions are converted by {self.conversion.coverage}', 'current')
        if covered_by is not None:
            count = f'{self.covered.sum()} of {len(self.covered)} keypoints'
            print_log(f'covered_by={covered_by!r}: {count} count as covered', 'current')

    @property
    def test_cfg(self) -> MappingType[str, Any]:
        """The estimator's test settings; it puts them here when it is built."""
        return self._test_cfg

    @test_cfg.setter
    def test_cfg(self, test_cfg: MappingType[str, Any]) -> None:
        if test_cfg.get('output_keypoint_indices') is not None:
            raise LandmarkError(
                'test_cfg.output_keypoint_indices chooses among the points before they are '
                'converted and cannot stand beside a ConvertedHead; remove it and give a '
                'conversion from the schema of all channels'
            )
        check_chosen_schema(self.head, test_cfg, self.conversion.source)
        check_flip_mode(test_cfg, type(self).__name__)
        self._test_cfg = test_cfg
        self.head.test_cfg = test_cfg

    def forward(self, feats: tuple[Tensor, ...]) -> Any:
        """Return the maps of the trained head."""
        return self.head(feats)

    def predict(
        self,
        feats: Any,
        batch_data_samples: list[PoseDataSample],
        test_cfg: MappingType[str, Any] | None = None,
    ) -> list[InstanceData] | tuple[list[InstanceData], list[PixelData]]:
        """Predict and convert; see ``convert_instances`` for the fields.

        Raises:
            LandmarkError: The data set is labelled in another schema than the conversion gives,
                or the head's points cannot be converted; names the annotation.
        """
        source, target = self.conversion.source, self.conversion.target
        check_samples(batch_data_samples, target)
        for sample in batch_data_samples:
            # of an earlier prediction, perhaps of this head
            sample.pop('pred_schema', None)
        with flip_indices_of(batch_data_samples, source):
            settings = dict(test_cfg or {})
            # a head of several decoders averages by itself, each by its own codec
            codec = getattr(self.head, 'decoder', None)
            if codec is not None and averages_coordinates(settings):
                found = predict_both(self.head.predict, codec, feats, batch_data_samples, settings)
            else:
                found = self.head.predict(feats, batch_data_samples, test_cfg=settings)
        instances, *fields = found if isinstance(found, tuple) else (found,)
        for sample in batch_data_samples:
            _check_answer(sample, source)
            sample.set_metainfo(dict(pred_schema=target, source_schema=source))
        converted = convert_instances(
            self.conversion, instances, batch_data_samples, self.score_thr, self.covered
        )
        return (converted, *fields) if fields else converted

    def loss(self, feats: Any, batch_data_samples: Any, train_cfg: Any = None) -> dict:
        """Refuse to train.

        Raises:
            LandmarkError: Always.
        """
        raise LandmarkError(
            'a ConvertedHead only predicts; train the head that it wraps, or a converter on pairs'
        )

    def check_datasets(self, names_to_schema: MappingType[str, KeypointSchema]) -> None:
        """Check that data sets are labelled in the schema of the predictions.

        Args:
            names_to_schema: Data set name -> schema of its labels.

        Raises:
            LandmarkError: One is not; names it and what differs.
        """
        target = self.conversion.target
        for name, schema in names_to_schema.items():
            if not schema.same_keypoints(target):
                raise LandmarkError(
                    f'data set {name!r} is labelled in {schema.name!r}, but the predictions are '
                    f'converted to {target.name!r}: {target.differences(schema)}'
                )

    def _adopt_plain_weights(self, state_dict: dict[str, Tensor], prefix: str, *args: Any) -> None:
        """Put the weights of a plain model's head where those of the wrapped head are.

        Raises:
            LandmarkError: They have other sizes.
        """
        own = [key for key in state_dict if key.startswith(prefix)]
        if not any(key.startswith(f'{prefix}head.') for key in own):
            for key in own:
                state_dict[f'{prefix}head.{key.removeprefix(prefix)}'] = state_dict.pop(key)
        for name, weight in self.head.state_dict().items():
            # MMEngine would leave the layer as it is, random, and test that
            given = state_dict.get(f'{prefix}head.{name}', weight)
            if given.shape != weight.shape:
                raise LandmarkError(
                    f"the checkpoint's {name!r} is {_size(given)}, that of the wrapped "
                    f'{type(self.head).__name__} for {self.conversion.source.name!r} '
                    f'{_size(weight)}; expected the checkpoint of the model in the config'
                )


def _size(weight: Tensor) -> str:
    return 'x'.join(map(str, weight.shape))


def covered_with(conversion: PointConversion, other: Any) -> np.ndarray:
    """Return which target points a conversion covers, and another too if one is given, (T,) bool.

    Raises:
        LandmarkError: The other is unknown or between other schemas, or they share no point.
    """
    if other is None:
        return conversion.covered
    both = conversion.covered & load_conversion(other, conversion.source, conversion.target).covered
    if not both.any():
        raise LandmarkError(
            f'covered_by={other!r} covers no keypoint that {conversion.name!r} gives'
        )
    return both


def check_head(head: nn.Module, source: KeypointSchema) -> None:
    """Raise a LandmarkError if a head's number of keypoints is not that of a schema.

    Args:
        head: Any head. Nothing is known of one that does not say how many keypoints it has, or
            has several schemas; their predictions are checked.
        source: The schema that its points are converted from.
    """
    name = next((name for name in COUNTS if isinstance(getattr(head, name, None), int)), None)
    if name is None or hasattr(head, 'dataset_schemas'):
        return
    combined = getattr(getattr(head, 'decoder', None), 'heatmap_type', '') == 'combined'
    expected = source.num_keypoints * (COMBINED if combined else 1)
    if getattr(head, name) != expected:
        raise LandmarkError(
            f'{type(head).__name__} has {name}={getattr(head, name)}, but schema {source.name!r} '
            f'that its points are converted from has {source.num_keypoints} keypoints; expected '
            f'{expected}'
        )


def check_chosen_schema(
    head: nn.Module, test_cfg: MappingType[str, Any], source: KeypointSchema
) -> None:
    """Raise a LandmarkError if a head of several schemas is not set to answer in the source's."""
    schemas = getattr(head, 'dataset_schemas', None)
    if schemas is None:
        return
    chosen = test_cfg.get('target_schema', getattr(head, 'target_schema', None))
    if chosen is None:
        raise LandmarkError(
            f"{type(head).__name__} answers in each data set's own schema; give it "
            f'target_schema={source.name!r} to convert its points'
        )
    known = {schema.name: schema for schema in schemas.values()} | dict(schemas)
    if chosen in known and not known[chosen].same_keypoints(source):
        raise LandmarkError(
            f'{type(head).__name__} has target_schema={chosen!r}, but its points are converted '
            f'from {source.name!r}: {source.differences(known[chosen])}'
        )


def _check_answer(sample: PoseDataSample, source: KeypointSchema) -> None:
    """A head that says in which schema it answered must have used the source's."""
    answered = sample.metainfo.get('pred_schema')
    if answered is not None and not answered.same_keypoints(source):
        raise LandmarkError(
            f'{describe(sample)}: the head answers in {answered.name!r}, but its points are '
            f'converted from {source.name!r}: {source.differences(answered)}'
        )
