"""Which keypoints of two schemas may share a channel: measured on pairs, judged, written down."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mmlandmark.annotations.pairs import Pairs
from mmlandmark.apis.merge_floor import read_floor
from mmlandmark.apis.merge_gain import cross_validated_points
from mmlandmark.apis.merge_pairs import (
    JointPair,
    groups_of,
    joint_pairs,
    mapping_without_names,
    source_points,
    target_points,
    unit_lengths,
)
from mmlandmark.apis.merge_recipe import union_recipe
from mmlandmark.apis.merge_result import MergeReport
from mmlandmark.apis.merge_rows import over_noise
from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional.agreement import (
    Agreement,
    JointAgreement,
    LabelledTwice,
)
from mmlandmark.evaluation.functional.bootstrap import group_codes
from mmlandmark.evaluation.functional.joint_agreement import measure_agreement
from mmlandmark.evaluation.functional.merge_verdict import Evidence, Limits, Verdict, judge, worse
from mmlandmark.progress import waiting
from mmlandmark.schemas import Mapping as KeypointMapping

MIN_REPLICATES = 20
"""Fewer have no value beyond which 5 % of them lie."""


def merge_report(
    pairs: Pairs,
    *,
    mapping: str | KeypointMapping | None = None,
    extra: Sequence[str] = (),
    normalizer: str | None = None,
    frame: str | None = None,
    group_by: str | None = None,
    limits: Limits | None = None,
    floor: str | os.PathLike | None = None,
    corrected: bool = False,
    replicates: int = 1000,
    seed: int = 0,
) -> MergeReport:
    """Measure and judge every pair of keypoints.

    Args:
        pairs: Instances labelled in both schemas.
        mapping: Rules that say which keypoints belong together; None: those of equal names,
            or the shipped mapping where the schemas share none.
        extra: More pairs, ``target=source`` or ``target=source+source``, such as negative controls.
        normalizer: The unit: a named distance, a box length or an annotation's number; None:
            ``head_size``, else ``eye_outer``, else ``bbox``.
        frame: ``body``, ``lateral`` or ``image``; None: the first that the keypoints allow.
        group_by: The bootstrap draws whole groups: an annotation's field, such as ``identity``;
            None: images.
        limits: What the evidence is held against.
        floor: File with the error of a model of the target's own data set, see ``read_floor``.
        corrected: See ``union_recipe``.
        replicates: Of the bootstrap.
        seed: Of the bootstrap and of the folds.

    Raises:
        LandmarkError: An unknown name, no pair of keypoints, no instance that can be used,
            fewer than 20 replicates or a negative seed.
    """
    _check_bootstrap(replicates, seed)
    limits = limits or Limits()
    if mapping is None:
        mapping = mapping_without_names(pairs.source_schema, pairs.target_schema)
    joints = joint_pairs(pairs.source_schema, pairs.target_schema, mapping, extra)
    unit_name, unit = unit_lengths(pairs, normalizer)
    floors = {} if floor is None else read_floor(floor, pairs.target_schema, unit_name)
    data = _labelled_twice(pairs, joints, unit, group_codes(groups_of(pairs, group_by)), seed)
    with waiting(f'{replicates} replicates of the bootstrap'):
        agreement = measure_agreement(data, frame=frame, replicates=replicates, seed=seed)
    verdicts = _verdicts(agreement, limits)
    schemas = (pairs.source_schema, pairs.target_schema)
    recipe = union_recipe(*schemas, zip(joints, verdicts, strict=True), corrected)
    return MergeReport(
        pairs_name=Path(pairs.name).name,
        source=pairs.source_schema.name,
        target=pairs.target_schema.name,
        normalizer=unit_name,
        limits=limits,
        agreement=agreement,
        pairs=tuple(joints),
        verdicts=tuple(verdicts),
        floor=floors,
        excluded=dict(pairs.excluded),
        recipe=recipe,
        settings=dict(
            mapping=getattr(mapping, 'name', mapping),
            extra_pairs=list(extra),
            resampled_by=group_by or 'image',
            replicates=replicates,
            seed=seed,
            corrected=corrected,
        ),
    )


def _check_bootstrap(replicates: int, seed: int) -> None:
    if replicates < MIN_REPLICATES:
        raise LandmarkError(f'{replicates} replicates; bounds need many, at least {MIN_REPLICATES}')
    if seed < 0:
        raise LandmarkError(f'seed is {seed}; expected 0 or more')


def _labelled_twice(
    pairs: Pairs, joints: Sequence[JointPair], unit: np.ndarray, groups: np.ndarray, seed: int
) -> LabelledTwice:
    target = pairs.target_schema
    learned = cross_validated_points(pairs, groups, seed)
    labels: list[str] = []
    for joint in joints:  # the bare name finds swaps and limbs; it can stand for one pair
        labels.append(joint.label if joint.target in labels else joint.target)
    names = set(labels)
    return LabelledTwice(
        names=tuple(labels),
        source=source_points(pairs, joints),
        target=target_points(pairs, joints),
        learned=learned[:, [target.index(joint.target) for joint in joints]],
        unit=unit,
        groups=groups,
        shared=np.array([joint.shared for joint in joints]),
        swaps=target.swaps,
        links=tuple(
            link
            for link in dict.fromkeys((*target.skeleton, *pairs.source_schema.skeleton))
            if set(link) <= names
        ),
    )


def _verdicts(agreement: Agreement, limits: Limits) -> list[Verdict]:
    single = {joint.name: judge(_evidence(joint), limits) for joint in agreement.joints}
    return [
        single[j.name] if j.partner is None else worse(single[j.name], single[j.partner], j.partner)
        for j in agreement.joints
    ]


def _evidence(joint: JointAgreement) -> Evidence:
    return Evidence(
        images=joint.images,
        lower=joint.lower,
        upper=joint.upper,
        bias_over_noise=over_noise(joint),
        noise=joint.noise,
        distance=joint.distance_offset,
        gain=joint.gain,
        gain_over_offset=joint.gain_over_offset,
        exchanged=joint.exchanged,
        asymmetry=0.0 if joint.mirrored is None else joint.mirrored.lower,
    )
