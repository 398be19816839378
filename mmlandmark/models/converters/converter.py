"""The whole converter: completion, frame, affine base, network, offset, uncertainty."""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from mmlandmark.errors import LandmarkError
from mmlandmark.geometry import flip_points
from mmlandmark.models.converters.affine import fit_affine
from mmlandmark.models.converters.completion import Completion
from mmlandmark.models.converters.frames import Frame, build_normalizer
from mmlandmark.models.converters.networks.mlp import mlp_layers
from mmlandmark.models.converters.registry import NetworkContext, build_network
from mmlandmark.schemas import Conversion, KeypointSchema, get_mapping, get_schema
from mmlandmark.schemas import Mapping as KeypointMapping
from mmlandmark.schemas import find_mapping as find_shipped_mapping

SUPPORT_SHARE = 0.2
"""A source point supports a target whose largest weight is at most five times its own."""


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
        image_offset: Fit a constant shift of each target along the picture's axes.
        flip_average: Average with the mirrored instance's prediction when not training.
        uncertainty: Also predict an expected error for each point.
        min_source_points: Instances with fewer labelled points are not converted.
        affine: Options of ``fit_affine`` (``ridge``, ``tuning``).
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
        self.mapping = _resolve_mapping(mapping, self.source_schema, self.target_schema)
        self.options = dict(
            network=dict(network or dict(type='residual')),
            normalizer=normalizer,
            missing=missing,
            image_offset=bool(image_offset),
            flip_average=bool(flip_average),
            uncertainty=bool(uncertainty),
            min_source_points=int(min_source_points),
            affine=dict(affine or {}),
        )
        self.min_source_points = int(min_source_points)
        self.flip_average = bool(flip_average)
        self.image_offset = bool(image_offset)
        num_source, num_target = self.source_schema.num_keypoints, self.target_schema.num_keypoints
        self.normalizer = build_normalizer(normalizer)
        self.completion = Completion(num_source, method=missing)
        context = NetworkContext(self.source_schema, self.target_schema)
        self.network = build_network(self.options['network'], context)
        closed_form = not any(p.requires_grad for p in self.network.parameters())
        self.affine_weight = nn.Parameter(
            torch.full((num_target, num_source), 1 / num_source), requires_grad=closed_form
        )
        self.offset = nn.Parameter(torch.zeros(num_target, 2), requires_grad=self.image_offset)
        self.register_buffer('fitted', torch.tensor(False))
        self.register_buffer('gate', torch.tensor(1.0))
        self.uncertainty = _uncertainty_network(num_source, num_target) if uncertainty else None
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
        return not any(True for _ in self.network.parameters())

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
        self.completion.fit(points, visible)
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
            image_offset=self.image_offset,
            **self.options['affine'],
        )
        self.affine_weight.copy_(fit.weight)
        self.offset.copy_(fit.offset)
        self.fitted.fill_(True)
        return dict(
            pairs=int(usable.sum()), left_out=int((~usable).sum()), iterations=fit.iterations
        )

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
            axes: (B, 2, 2) the picture's axes after augmentation, columns of unit length; for
                the offset along them. None where nothing was turned.
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
        return ConverterOutput(self._place(result, frame, axes), frame, log_sigma)

    def affine(self, points: Tensor, visible: Tensor, bboxes: Tensor | None = None) -> Tensor:
        """Return the affine base alone, (B, T, 2) pixels: the baseline of every network."""
        complete, frame = self._frame(points, visible > 0, bboxes)
        return self._place(self.affine_weight @ frame.encode(complete), frame, None)

    def _frame(
        self, points: Tensor, labelled: Tensor, bboxes: Tensor | None
    ) -> tuple[Tensor, Frame]:
        complete = self.completion(points, labelled)
        return complete, self.normalizer(complete, bboxes)

    def _place(self, result: Tensor, frame: Frame, axes: Tensor | None) -> Tensor:
        offset = self.offset if axes is None else self.offset @ axes.transpose(1, 2)
        return frame.decode(result + offset)

    def _predict(self, encoded: Tensor, labelled: Tensor) -> tuple[Tensor, Tensor | None]:
        result = self.network(encoded, labelled)
        if self.network.uses_base:
            result = self.affine_weight @ encoded + self.gate * result
        log_sigma = None
        if self.uncertainty is not None:
            flat = torch.cat([encoded.flatten(1), (~labelled).to(encoded.dtype)], dim=1)
            log_sigma = self.uncertainty(flat)
        return result, log_sigma

    def supports(self) -> Tensor:
        """Return which source points carry each target, (T, S) bool."""
        strength = self.affine_weight.detach().abs()
        return strength >= SUPPORT_SHARE * strength.amax(1, keepdim=True)

    def visibility(self, visible: Tensor) -> tuple[Tensor, Tensor]:
        """Return (B, T) COCO's v of the target points and (B, T) whether they are inferred.

        A target is seen (2) where all points that carry it are; 1 where one of those is labelled
        but not visible, or missing (then it is inferred); 0 where the instance has too few points.
        """
        supports = self.supports().to(torch.float32).T
        given = (visible > 0).sum(1, keepdim=True) >= self.min_source_points
        inferred = ((visible == 0).to(supports.dtype) @ supports > 0) & given
        unseen = (visible < 2).to(supports.dtype) @ supports > 0
        values = torch.where(unseen, 1, 2) * given
        return values.to(torch.uint8), inferred

    @torch.no_grad()
    def convert(
        self,
        points: np.ndarray,
        visible: np.ndarray,
        bboxes: np.ndarray | None = None,
        batch_size: int = 16384,
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
        points, visible = np.asarray(points, dtype=np.float64), np.asarray(visible)
        check_points(points, visible, self.source_schema)
        mode, device = self.training, self.affine_weight.device
        self.eval()
        parts = []
        for start in range(0, max(len(points), 1), batch_size):
            rows = slice(start, start + batch_size)
            box = None if bboxes is None else torch.as_tensor(bboxes[rows])
            parts.append(self._convert_batch(points[rows], visible[rows], box, device))
        self.train(mode)
        joined = [None if p[0] is None else np.concatenate(p) for p in zip(*parts, strict=True)]
        return Conversion(*joined)

    def _convert_batch(
        self, points: np.ndarray, visible: np.ndarray, bboxes: Tensor | None, device: torch.device
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | None]:
        # centring in float64 first keeps far-away points as exact as near ones
        labelled = (visible > 0)[..., None]
        clean = np.where(labelled, points, 0.0)
        center = clean.sum(1, keepdims=True) / np.maximum(labelled.sum(1, keepdims=True), 1)
        local = torch.as_tensor(np.where(labelled, clean - center, 0.0), dtype=torch.float32)
        seen = torch.as_tensor(visible.astype(np.uint8)).to(device)
        if bboxes is not None:
            shift = torch.as_tensor(center[:, 0]).repeat(1, 2)
            bboxes = (bboxes.double() - shift).to(device, torch.float32)
        output = self(local.to(device), seen, bboxes)
        values, inferred = self.visibility(seen)
        given = (values > 0).cpu().numpy()
        moved = output.points.double().cpu().numpy() + center
        sigma = None
        if output.log_sigma is not None:
            sigma = (output.log_sigma.exp() * output.frame.scale[..., 0]).double().cpu().numpy()
            sigma = np.where(given, sigma, np.nan)
        moved = np.where(given[..., None], moved, 0.0)
        return moved, values.cpu().numpy(), inferred.cpu().numpy(), sigma


def check_points(points: np.ndarray, visible: np.ndarray, schema: KeypointSchema) -> None:
    """Raise a LandmarkError if (N, S, 2) points and (N, S) visibility do not fit a schema."""
    wanted = (len(points), schema.num_keypoints)
    if points.shape != (*wanted, 2) or visible.shape != wanted:
        raise LandmarkError(
            f'schema {schema.name!r} has {schema.num_keypoints} keypoints: expected points (N, '
            f'{schema.num_keypoints}, 2) and visibility (N, {schema.num_keypoints}), found '
            f'{points.shape} and {visible.shape}'
        )
    bad = (visible > 0) & ~np.isfinite(points).all(-1)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise LandmarkError(
            f'instance {row}: labelled keypoint {schema.keypoints[column]!r} of {schema.name!r} '
            f'is not finite, expected pixels'
        )


def _resolve_mapping(
    mapping: Any, source: KeypointSchema, target: KeypointSchema
) -> KeypointMapping | None:
    if mapping is None or isinstance(mapping, KeypointMapping):
        return mapping
    found = find_shipped_mapping(source, target) if mapping == 'auto' else get_mapping(mapping)
    if found is None:
        return None
    for side, schema in (('source', source), ('target', target)):
        if not getattr(found, f'{side}_schema').same_keypoints(schema):
            raise LandmarkError(
                f'mapping {found.name!r} has {side} schema '
                f'{getattr(found, f"{side}_schema").name!r}, expected {schema.name!r}'
            )
    return found


def _uncertainty_network(num_source: int, num_target: int) -> nn.Sequential:
    layers = mlp_layers(3 * num_source, (64, 64), num_target, 0.1, nn.GELU)
    nn.init.zeros_(layers[-1].weight)
    # about the error of an affine fit, so that the first steps are not spent on finding it
    nn.init.constant_(layers[-1].bias, -3.0)
    return layers
