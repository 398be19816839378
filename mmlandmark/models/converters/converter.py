"""The whole converter: completion, frame, affine base, network, offset, uncertainty."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from mmlandmark.errors import LandmarkError
from mmlandmark.geometry import flip_points
from mmlandmark.models.converters.affine import fit_affine, shift_terms
from mmlandmark.models.converters.arrays import convert_arrays
from mmlandmark.models.converters.completion import Completion
from mmlandmark.models.converters.frames import Frame, build_normalizer
from mmlandmark.models.converters.networks.uncertainty import uncertainty_network
from mmlandmark.models.converters.options import check_affine_options, resolve_mapping
from mmlandmark.models.converters.registry import NetworkContext, build_network
from mmlandmark.models.converters.support import covered_targets, supports_of, target_visibility
from mmlandmark.schemas import Conversion, KeypointSchema, get_schema
from mmlandmark.schemas import Mapping as KeypointMapping


class ConverterOutput(NamedTuple):
    """What a converter says of a batch.

    Args:
        points: (B, T, 2) pixels.
        frame: The normalised frame of each instance.
        log_sigma: (B, T) log of the expected error in units of the frame, or None.
    """

    points: Tensor
    frame: Frame
    log_sigma: Tensor | None


class KeypointConverter(nn.Module):
    """Turns source points into target points, both in image coordinates.

    Args:
        source_schema: Schema of the points that come in (name, path, dict or schema).
        target_schema: Schema of the points that go out.
        network: Config of the network, ``type`` and options; see ``list_networks()``.
        normalizer: ``similarity`` or ``bbox``: the frame in which the network sees points.
        missing: ``kriging`` or ``mean``: how missing source points are filled in.
        mapping: The hand-made mapping that is the affine prior and a baseline: ``auto`` (the
            shipped one between the schemas, if any), a name, a path, or None.
        image_offset: Fit a shift of each target along the picture's axes: a part of the
            instance's size and a number of pixels, as differing conventions cause.
        flip_average: Average with the mirrored instance's prediction when not training.
        uncertainty: Also predict an expected error for each point.
        min_source_points: Instances with fewer labelled points are not converted.
        affine: Options of ``fit_affine``: ``ridge``, ``tuning``, ``max_iterations``.
    """

    def __init__(
        self,
        source_schema: Any,
        target_schema: Any,
        network: MappingType[str, Any] | None = None,
        *,
        normalizer: str = 'similarity',
        missing: str = 'kriging',
        mapping: Any = 'auto',
        image_offset: bool = False,
        flip_average: bool = True,
        uncertainty: bool = False,
        min_source_points: int = 3,
        affine: MappingType[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.source_schema: KeypointSchema = get_schema(source_schema)
        self.target_schema: KeypointSchema = get_schema(target_schema)
        self.mapping = resolve_mapping(mapping, self.source_schema, self.target_schema)
        self.options = dict(
            network=dict(network or dict(type='residual')),
            normalizer=normalizer,
            missing=missing,
            image_offset=bool(image_offset),
            flip_average=bool(flip_average),
            uncertainty=bool(uncertainty),
            min_source_points=int(min_source_points),
            affine=check_affine_options(affine or {}),
        )
        self.min_source_points = int(min_source_points)
        self.flip_average = bool(flip_average)
        self.image_offset = bool(image_offset)
        num_source, num_target = self.source_schema.num_keypoints, self.target_schema.num_keypoints
        self.normalizer = build_normalizer(normalizer)
        self.completion = Completion(num_source, method=missing)
        context = NetworkContext(self.source_schema, self.target_schema)
        self.network = build_network(self.options['network'], context)
        self.uncertainty = uncertainty_network(num_source, num_target) if uncertainty else None
        # never stepped, but distributed training asks for one parameter that could be
        self.affine_weight = nn.Parameter(
            torch.full((num_target, num_source), 1 / num_source), requires_grad=self.closed_form
        )
        # the fitted shift stays as it is, as the affine baseline's; the network learns a change
        self.register_buffer('affine_offset', torch.zeros(2, num_target, 2))
        self.offset = nn.Parameter(
            torch.zeros(2, num_target, 2), requires_grad=self.image_offset and not self.closed_form
        )
        self.register_buffer('fitted', torch.tensor(False))
        self.register_buffer('gate', torch.tensor(1.0))
        # the target points that it has learned to give
        self.register_buffer('covered', torch.ones(num_target, dtype=torch.bool))
        self._register_load_state_dict_pre_hook(self._cover_all)
        for side, schema in (('source', self.source_schema), ('target', self.target_schema)):
            indices = torch.as_tensor(schema.flip_indices)
            self.register_buffer(f'{side}_flip', indices, persistent=False)

    @property
    def name(self) -> str:
        """``source-to-target_network``."""
        kind = self.options['network']['type']
        return f'{self.source_schema.name}-to-{self.target_schema.name}_{kind}'

    @property
    def closed_form(self) -> bool:
        """Whether the fit is all there is to train."""
        return self.uncertainty is None and not any(True for _ in self.network.parameters())

    @property
    def commutes_with_flip(self) -> bool:
        """Whether mirroring the input mirrors the output."""
        return self.flip_average and not self.image_offset

    def describe(self) -> dict[str, Any]:
        """Return what rebuilds this converter, schemas included, as plain JSON data."""
        return dict(
            source_schema=self.source_schema.to_json(),
            target_schema=self.target_schema.to_json(),
            mapping=self.mapping.to_json() if self.mapping is not None else None,
            **self.options,
        )

    @classmethod
    def from_description(cls, description: MappingType[str, Any]) -> KeypointConverter:
        """Rebuild an empty converter from ``describe()``; load its state dict afterwards."""
        options = dict(description)
        source = KeypointSchema.from_json(options.pop('source_schema'))
        target = KeypointSchema.from_json(options.pop('target_schema'))
        mapping = options.pop('mapping')
        if mapping is not None:
            mapping = KeypointMapping(
                mapping['name'], source, target, mapping['rules'], mapping.get('description', '')
            )
        return cls(source, target, mapping=mapping, **options)

    @torch.no_grad()
    def fit(
        self,
        points: Tensor,
        visible: Tensor,
        target: Tensor,
        target_visible: Tensor,
        bboxes: Tensor | None = None,
    ) -> dict[str, float]:
        """Fit everything that has a closed form: completion, affine base and offset.

        Args:
            points: (N, S, 2) source points in pixels.
            visible: (N, S) COCO's v.
            target: (N, T, 2) target points in pixels.
            target_visible: (N, T) COCO's v.
            bboxes: (N, 4) boxes, needed by the ``bbox`` normaliser.

        Returns:
            Numbers for the log: pairs used, pairs left out, iterations.

        Raises:
            LandmarkError: No pair has enough labelled points.
        """
        visible, supervised = visible > 0, target_visible > 0
        usable = (visible.sum(1) >= self.min_source_points) & supervised.any(1)
        if not bool(usable.any()):
            raise LandmarkError(
                f'no pair of {len(points)} has {self.min_source_points} labelled points of '
                f'{self.source_schema.name!r} and one of {self.target_schema.name!r}'
            )
        points, visible, target = points[usable].double(), visible[usable], target[usable].double()
        supervised = supervised[usable]
        self.completion.fit(points, visible, self.source_flip if self.flip_average else None)
        complete = self.completion(points, visible)
        frame = self.normalizer(complete, None if bboxes is None else bboxes[usable].double())
        prior = None if self.mapping is None else torch.as_tensor(self.mapping.matrix.copy())
        fit = fit_affine(
            frame.encode(complete),
            frame.encode(target),
            supervised,
            confidence=visible.double().mean(1),
            prior=prior,
            flips=self._flips(),
            shifts=shift_terms(frame.scale.flatten()) if self.image_offset else None,
            **self.options['affine'],
        )
        self.affine_weight.copy_(fit.weight)
        if self.image_offset:
            self.affine_offset.copy_(fit.offset)
        self.fitted.fill_(True)
        base = self.network.uses_base
        self.covered.copy_(covered_targets(supervised, self.mapping, self._flips(), base))
        return dict(
            pairs=int(usable.sum()), left_out=int((~usable).sum()), iterations=fit.iterations
        )

    def _cover_all(self, state_dict: dict[str, Tensor], prefix: str, *args: Any) -> None:
        """Take an older checkpoint, which does not say what it covers, for one that gives all."""
        state_dict.setdefault(f'{prefix}covered', torch.ones_like(self.covered))

    def _flips(self) -> tuple[Tensor, Tensor] | None:
        return (self.source_flip, self.target_flip) if self.flip_average else None

    def forward(
        self,
        points: Tensor,
        visible: Tensor,
        bboxes: Tensor | None = None,
        axes: Tensor | None = None,
    ) -> ConverterOutput:
        """Convert a batch.

        Args:
            points: (B, S, 2) pixels; anything at unlabelled points.
            visible: (B, S), labelled where above zero.
            bboxes: (B, 4) ``x1 y1 x2 y2`` pixels, for the ``bbox`` normaliser.
            axes: (B, 2, 2) the picture's axes after augmentation, as long as a former pixel;
                for the offset along them. None where nothing was turned.
        """
        labelled = visible > 0
        complete, frame = self._frame(points, labelled, bboxes)
        encoded = frame.encode(complete)
        result, log_sigma = self._predict(encoded, labelled)
        if self.flip_average and not self.training:
            flipped, other = self._predict(
                flip_points(encoded, self.source_flip), labelled[:, self.source_flip]
            )
            result = (result + flip_points(flipped, self.target_flip)) / 2
            if log_sigma is not None:
                log_sigma = (log_sigma + other[:, self.target_flip]) / 2
        offset = self.affine_offset + self.gate * self.offset
        return ConverterOutput(self._place(result, offset, frame, axes), frame, log_sigma)

    def affine(self, points: Tensor, visible: Tensor, bboxes: Tensor | None = None) -> Tensor:
        """Return the affine base alone, (B, T, 2) pixels: the baseline of every network."""
        complete, frame = self._frame(points, visible > 0, bboxes)
        result = self.affine_weight @ frame.encode(complete)
        return self._place(result, self.affine_offset, frame, None)

    def _frame(
        self, points: Tensor, labelled: Tensor, bboxes: Tensor | None
    ) -> tuple[Tensor, Frame]:
        complete = self.completion(points, labelled)
        return complete, self.normalizer(complete, bboxes)

    def _place(self, result: Tensor, offset: Tensor, frame: Frame, axes: Tensor | None) -> Tensor:
        if not self.image_offset:
            return frame.decode(result)
        zoom = 1.0 if axes is None else torch.linalg.det(axes).abs().sqrt()
        terms = shift_terms(frame.scale.flatten() / zoom)
        shift = (terms @ offset.flatten(1)).unflatten(1, (-1, 2))
        if axes is not None:
            shift = shift @ (axes / zoom[:, None, None]).transpose(1, 2)
        return frame.decode(result + shift)

    def _predict(self, encoded: Tensor, labelled: Tensor) -> tuple[Tensor, Tensor | None]:
        result = self.network(encoded, labelled)
        if self.network.uses_base:
            result = torch.einsum('ts,bsd->btd', self.affine_weight, encoded) + self.gate * result
        log_sigma = None
        if self.uncertainty is not None:
            flat = torch.cat([encoded.flatten(1), (~labelled).to(encoded.dtype)], dim=1)
            log_sigma = self.uncertainty(flat)
        return result, log_sigma

    def supports(self) -> Tensor:
        """Return which source points carry each target, (T, S) bool; see ``supports_of``."""
        return supports_of(self.affine_weight)

    def visibility(self, visible: Tensor) -> tuple[Tensor, Tensor]:
        """Return (B, T) COCO's v and whether points are inferred; see ``target_visibility``."""
        given = (visible > 0).sum(1, keepdim=True) >= self.min_source_points
        return target_visibility(visible, self.supports(), given & self.covered)

    def convert(
        self,
        points: np.ndarray,
        visible: np.ndarray,
        bboxes: np.ndarray | None = None,
        batch_size: int = 8192,
    ) -> Conversion:
        """Convert (N, S, 2) points with (N, S) visibility, arrays in and arrays out.

        Args:
            points: Image coordinates in pixels.
            visible: COCO's v.
            bboxes: (N, 4) ``x1 y1 x2 y2``, for the ``bbox`` normaliser.
            batch_size: Instances at a time.

        Raises:
            LandmarkError: The shapes do not fit the source schema, or a labelled point is NaN.
        """
        return convert_arrays(self, points, visible, bboxes, batch_size)
