"""Which keypoints of two schemas may share a channel: measured on pairs, judged, written down."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mmlandmark.annotations.pairs import Pairs
from mmlandmark.apis.merge_floor import read_floor
from mmlandmark.apis.merge_gain import cross_validated_points
from mmlandmark.apis.merge_pairs import (
    JointPair,
    groups_of,
    joint_pairs,
    source_points,
    target_points,
    unit_lengths,
)
from mmlandmark.apis.merge_recipe import union_recipe
from mmlandmark.apis.merge_rows import joint_json, over_noise, table_row
from mmlandmark.evaluation.functional.agreement import (
    Agreement,
    JointAgreement,
    LabelledTwice,
)
from mmlandmark.evaluation.functional.bootstrap import group_codes
from mmlandmark.evaluation.functional.joint_agreement import measure_agreement
from mmlandmark.evaluation.functional.merge_verdict import Evidence, Limits, Verdict, judge, worse
from mmlandmark.evaluation.functional.result import json_ready
from mmlandmark.schemas import Mapping as KeypointMapping

FAR_FROM_FLOOR = 2.0
"""A distance of more floors than this is worth a look, whatever the bias."""


@dataclass(frozen=True)
class MergeReport:
    """What came out.

    Args:
        pairs_name: The file of pairs.
        source: Name of the source schema.
        target: Name of the target schema.
        normalizer: Name of the unit.
        limits: What the evidence was held against.
        agreement: The measurements; one entry of ``agreement.joints`` for each pair.
        pairs: The pairs of keypoints.
        verdicts: One for each.
        floor: Target keypoint -> median distance of a model of the target's own data set, in units.
        excluded: Why pairs were left out on reading -> how many.
        recipe: The union that is recommended.
        settings: What the report was asked for.
    """

    pairs_name: str
    source: str
    target: str
    normalizer: str
    limits: Limits
    agreement: Agreement
    pairs: tuple[JointPair, ...]
    verdicts: tuple[Verdict, ...]
    floor: Mapping[str, float]
    excluded: Mapping[str, int]
    recipe: Mapping[str, Any]
    settings: Mapping[str, Any]

    @property
    def group(self) -> str:
        """What the bootstrap draws."""
        by = self.settings['resampled_by']
        return 'images' if by == 'image' else f'groups by {by}'

    def rows(self) -> list[dict[str, Any]]:
        """Return one row of the table for each pair."""
        return [
            table_row(joint, pair, verdict, self.floor.get(pair.target), self.group)
            for joint, pair, verdict in self.entries()
        ]

    def notes(self) -> list[str]:
        """Return what a reader of the table must know: units, counts, the common shift."""
        a, offset = self.agreement, self.agreement.offset
        low_high = offset.interval()
        shift = ', '.join(
            f'{axis} {value:+.4f} ({low:+.4f} to {high:+.4f})'
            for axis, value, (low, high) in zip('xy', offset.total, low_high, strict=True)
        )
        pixels = offset.pixel_part * offset.median_unit
        left_out = {reason: count for reason, count in self.excluded.items() if count}
        left_out |= {
            f'without {self.normalizer}': a.without_unit,
            f'without {a.frame} frame': a.without_frame,
        }
        notes = [
            f'{a.instances} instances, {a.images} {self.group}; left out: '
            + ', '.join(f'{count} {reason}' for reason, count in left_out.items()),
            f'unit: {self.normalizer} (median {offset.median_unit:.1f} px); frame: {a.frame}; '
            f'tolerance {self.limits.tolerance:g}',
            f'common shift along the picture, removed: {shift}, of which '
            f'{pixels[0]:+.2f}, {pixels[1]:+.2f} px whatever the size',
        ]
        if not offset.separable:
            notes.append(
                'all instances stand alike, so a bias that all keypoints share is counted as shift'
            )
        if np.hypot(*offset.total) > self.limits.tolerance:
            notes.append(
                'the common shift is itself above the tolerance: correct the labels by it before '
                'anything is merged'
            )
        return notes + self._warnings()

    def to_json(self) -> dict[str, Any]:
        """Return everything as strict JSON values; None stands for what is not known."""
        a, offset = self.agreement, self.agreement.offset
        return json_ready(
            {
                'pairs': self.pairs_name,
                'source': self.source,
                'target': self.target,
                'normalizer': self.normalizer,
                'frame': a.frame,
                'instances': a.instances,
                'images': a.images,
                'excluded': dict(
                    self.excluded, without_unit=a.without_unit, without_frame=a.without_frame
                ),
                'common_shift': {
                    'total': offset.total,
                    'interval': offset.interval(),
                    'size_part': offset.size_part,
                    'pixels': offset.pixel_part * offset.median_unit,
                    'median_unit_pixels': offset.median_unit,
                    'told_from_common_bias': offset.separable,
                },
                'limits': asdict(self.limits),
                'settings': self.settings,
                'joints': [
                    joint_json(joint, pair, verdict, self.floor.get(pair.target))
                    for joint, pair, verdict in self.entries()
                ],
                'notes': self.notes(),
                'union': self.recipe,
            }
        )

    def entries(self) -> list[tuple[JointAgreement, JointPair, Verdict]]:
        """Return measurement, pair and verdict of each pair."""
        return list(zip(self.agreement.joints, self.pairs, self.verdicts, strict=True))

    def _warnings(self) -> list[str]:
        said: dict[str, list[str]] = {}
        for pair, verdict in zip(self.pairs, self.verdicts, strict=True):
            for warning in verdict.warnings:
                said.setdefault(warning, []).append(pair.label)
        notes = [f'warning: {warning}: {_listed(who, self.pairs)}' for warning, who in said.items()]
        for joint, pair in zip(self.agreement.joints, self.pairs, strict=True):
            floor = self.floor.get(pair.target)
            if floor and joint.distance > FAR_FROM_FLOOR * floor:
                times = joint.distance / floor
                notes.append(f'warning: {pair.label}: the distance is {times:.1f} x the floor')
        return notes


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
        mapping: Rules that say which keypoints belong together; None: those of equal names.
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
        LandmarkError: An unknown name, no pair of keypoints, or no instance that can be used.
    """
    limits = limits or Limits()
    joints = joint_pairs(pairs.source_schema, pairs.target_schema, mapping, extra)
    unit_name, unit = unit_lengths(pairs, normalizer)
    floors = {} if floor is None else read_floor(floor, pairs.target_schema, unit_name)
    data = _labelled_twice(pairs, joints, unit, group_codes(groups_of(pairs, group_by)), seed)
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


def _listed(labels: Sequence[str], pairs: Sequence[JointPair]) -> str:
    return 'all keypoints' if len(labels) == len(pairs) else ', '.join(labels)
