"""A merge report: measurements, verdicts and the recommended union, as a table and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from mmlandmark.apis.merge_pairs import JointPair
from mmlandmark.apis.merge_rows import joint_json, table_row
from mmlandmark.evaluation.functional.agreement import Agreement, JointAgreement
from mmlandmark.evaluation.functional.merge_verdict import Limits, Verdict
from mmlandmark.evaluation.functional.result import json_ready

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
        if self.settings['mapping']:
            notes.append(f'which keypoints belong together: mapping {self.settings["mapping"]}')
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


def _listed(labels: Sequence[str], pairs: Sequence[JointPair]) -> str:
    return 'all keypoints' if len(labels) == len(pairs) else ', '.join(labels)
