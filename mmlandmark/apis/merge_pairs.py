"""The keypoints of two schemas that are held against each other, and their arrays."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from mmlandmark.annotations.pair_files import schema_of_file
from mmlandmark.annotations.pairs import Pairs, read_pairs
from mmlandmark.annotations.reader import read_coco
from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional.normalizers import canonical_name, normalizer_values
from mmlandmark.schemas import KeypointSchema, Mapping, find_mapping, get_mapping, get_schema
from mmlandmark.schemas.rules import Rule, check_rule, weighted_means

DEFAULT_NORMALIZERS = ('head_size', 'eye_outer', 'bbox')

NO_LENGTHS = {
    *('id', 'image_id', 'category_id', 'iscrowd'),
    *('num_keypoints', 'num_keypoints_target'),
}
"""Numbers of COCO's annotations by which nothing can be divided."""


@dataclass(frozen=True)
class JointPair:
    """A target keypoint and the source keypoints of which it shall be the mean.

    Args:
        target: Name in the target schema.
        sources: Names in the source schema with weights that sum to one.
        shared: Both schemas mean it to be the same; False for a pair that the user added, as a
            negative control.
    """

    target: str
    sources: dict[str, float]
    shared: bool = True

    @property
    def source(self) -> str | None:
        """The one source keypoint, or None where it is a mean."""
        return next(iter(self.sources)) if len(self.sources) == 1 else None

    @property
    def label(self) -> str:
        """The pair in one word: the name that both have, or ``target=source+source``."""
        sources = '+'.join(self.sources)
        return self.target if sources == self.target else f'{self.target}={sources}'


def mapping_without_names(source: KeypointSchema, target: KeypointSchema) -> Mapping | None:
    """Return the shipped mapping of two schemas that share no name, or None."""
    shared = set(source.keypoints).intersection(target.keypoints)
    return None if shared else find_mapping(source, target)


def joint_pairs(
    source: KeypointSchema,
    target: KeypointSchema,
    mapping: str | Mapping | None = None,
    extra: Sequence[str] = (),
) -> list[JointPair]:
    """Return the pairs: equal names, or the rules of a mapping, and the user's own.

    Args:
        source: Schema of the source points.
        target: Schema of the target points.
        mapping: A mapping whose rules are the pairs; None: the names that both schemas have.
        extra: ``target=source`` or ``target=source+source``, the mean of source points.

    Raises:
        LandmarkError: The mapping joins other schemas, a name is unknown, or there is no pair.
    """
    where = f'{source.name}-to-{target.name}'
    rules: dict[str, Rule] = {n: n for n in target.keypoints if n in source.keypoints}
    if mapping is not None:
        rules = _rules(get_mapping(mapping), source, target)
    pairs = [JointPair(t, check_rule(where, source, target, t, r)) for t, r in rules.items()]
    for text in extra:
        name, sign, names = text.partition('=')
        if not (sign and name and names):
            raise LandmarkError(f'pair {text!r}: expected target=source or target=source+source')
        weights = check_rule(where, source, target, name, names.split('+'))
        pair = JointPair(name, weights, shared=False)
        if pair.label in [known.label for known in pairs]:
            raise LandmarkError(f'pair {text!r} is there already')
        pairs.append(pair)
    if not any(pair.shared for pair in pairs):
        raise LandmarkError(
            f'schemas {source.name!r} and {target.name!r} share no keypoint name; give a mapping'
        )
    return pairs


def _rules(mapping: Mapping, source: KeypointSchema, target: KeypointSchema) -> dict[str, Rule]:
    for have, want in ((mapping.source, source), (mapping.target, target)):
        if not have.same_keypoints(want):
            raise LandmarkError(
                f'mapping {mapping.name!r} goes from {mapping.source.name!r} to '
                f'{mapping.target.name!r}, the pairs from {source.name!r} to {target.name!r}'
            )
    return dict(mapping.rules)


def source_points(pairs: Pairs, joints: Sequence[JointPair]) -> np.ndarray:
    """Return (N, P, 2) source points of the pairs of keypoints, NaN where not labelled."""
    schema = pairs.source_schema
    matrix = np.zeros((len(joints), schema.num_keypoints))
    for row, joint in enumerate(joints):
        matrix[row, [schema.index(n) for n in joint.sources]] = list(joint.sources.values())
    points, visible = weighted_means(matrix, pairs.source_points, pairs.source_visible)
    return np.where(visible[..., None] > 0, points, np.nan)


def target_points(pairs: Pairs, joints: Sequence[JointPair]) -> np.ndarray:
    """Return (N, P, 2) target points, NaN where not labelled."""
    columns = [pairs.target_schema.index(joint.target) for joint in joints]
    labelled = pairs.target_visible[:, columns, None] > 0
    return np.where(labelled, pairs.target_points[:, columns], np.nan)


def unit_lengths(pairs: Pairs, name: str | None) -> tuple[str, np.ndarray]:
    """Return the reference length of every instance, (N,) pixels, and its name.

    It is a named distance of the target schema or else of the source schema, a box length, or a
    number that the annotations carry.

    Args:
        pairs: The pairs.
        name: The length; None: the first of ``DEFAULT_NORMALIZERS`` that there is.

    Raises:
        LandmarkError: Neither schema nor file gives it, or it is nowhere above zero.
    """
    fields = _number_fields(pairs)
    known = {candidate: _side_with(pairs, candidate, fields) for candidate in DEFAULT_NORMALIZERS}
    wanted = name or next(candidate for candidate, side in known.items() if side is not None)
    side = _side_with(pairs, wanted, fields) or 'source'
    schema, points, visible, boxes = (
        getattr(pairs, f'{side}_{what}') for what in ('schema', 'points', 'visible', 'boxes')
    )
    wanted = canonical_name(wanted, schema, fields)
    unit = normalizer_values(wanted, schema, points, visible, boxes, fields)
    if not np.isfinite(unit).any():
        raise LandmarkError(f'{pairs.name}: no instance has a {wanted!r} above zero')
    return wanted, unit


def _side_with(pairs: Pairs, name: str, fields: dict[str, np.ndarray]) -> str | None:
    for side, schema in (('target', pairs.target_schema), ('source', pairs.source_schema)):
        with suppress(LandmarkError):
            canonical_name(name, schema, fields)
            return side
    return None


def _number_fields(pairs: Pairs) -> dict[str, np.ndarray]:
    kinds: dict[str, set[type]] = {}
    for annotation in (*pairs.annotations, *pairs.target_annotations):
        for key, value in annotation.items():
            kinds.setdefault(key, set()).add(type(value))
    keys = [
        key
        for key, found in kinds.items()
        # an annotation may have none
        if found & {int, float} and found <= {int, float, type(None)} and key not in NO_LENGTHS
    ]
    values = {key: pairs.numbers(key) for key in keys}
    return {key: value for key, value in values.items() if value is not None}


def groups_of(pairs: Pairs, by: str | None) -> list:
    """Return what is resampled together: the image, by file name where the file has names.

    Raises:
        LandmarkError: An annotation without the field ``by``.
    """
    if by is None:
        named = all(i in pairs.file_names for i in pairs.image_ids.tolist())
        by = 'file_name' if named else 'image_id'
    return pairs.groups(by)


def read_schema_pairs(
    path: str | os.PathLike,
    source: str | KeypointSchema | None = None,
    target: str | KeypointSchema | None = None,
    force: bool = False,
) -> Pairs:
    """Read a pair file whose schemas may be told by the names in it.

    Args:
        path: The file.
        source: Schema of ``keypoints``; None: the one that has the names of the category.
        target: Schema of ``keypoints_target``; the same.
        force: Accept sides that do not match.

    Raises:
        LandmarkError: As ``read_pairs``; or a side names no keypoints.
    """
    data, where = read_coco(path)
    schemas = []
    for field, schema in (('keypoints', source), ('keypoints_target', target)):
        known = get_schema(schema) if schema else schema_of_file(data, where, field)
        schemas.append(known)
    return read_pairs(data, *schemas, name=where, force=force)
