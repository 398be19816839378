"""The numbers on one pair of keypoints, as a row of a table and as JSON."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmlandmark.apis.merge_pairs import JointPair
from mmlandmark.evaluation.functional.agreement import JointAgreement
from mmlandmark.evaluation.functional.equivalence import Bias
from mmlandmark.evaluation.functional.merge_verdict import Verdict


def table_row(
    joint: JointAgreement, pair: JointPair, verdict: Verdict, floor: float | None, group: str
) -> dict[str, Any]:
    """Return one row of the report's table; ``group`` heads the count of images."""
    worst = max(joint.biases, key=lambda bias: bias.upper)
    row = {
        'keypoint': pair.label,
        'verdict': verdict.name,
        'n': joint.instances,
        group: joint.images,
        'bias x': _rounded(joint.bias.vector[0]),
        'bias y': _rounded(joint.bias.vector[1]),
        '|bias|': _rounded(joint.bias.size),
        'below': _rounded(joint.upper),
        'in frame': worst.frame,
        'bias/noise': _rounded(over_noise(joint)),
        'distance': _rounded(joint.distance),
        'gain': _percent(joint.gain),
        'beyond offset': _percent(joint.gain_over_offset),
        'left-right': None if joint.mirrored is None else _rounded(joint.mirrored.size),
    }
    if floor is not None:
        row['floor'] = _rounded(floor)
    return row


def joint_json(
    joint: JointAgreement, pair: JointPair, verdict: Verdict, floor: float | None
) -> dict[str, Any]:
    """Return everything that is known of one pair of keypoints."""
    return {
        'target': pair.target,
        'sources': pair.sources,
        'shared': pair.shared,
        'instances': joint.instances,
        'images': joint.images,
        'bias': _bias_json(joint.bias),
        'limb_biases': [_bias_json(bias) for bias in joint.limb_biases],
        'upper': joint.upper,
        'noise': joint.noise,
        'bias_over_noise': over_noise(joint),
        'distance': joint.distance,
        'distance_after_offset': joint.distance_offset,
        'distance_learned': joint.distance_learned,
        'gain': joint.gain,
        'gain_beyond_offset': joint.gain_over_offset,
        'mirror_partner': joint.partner,
        'mirrored_difference': None if joint.mirrored is None else _bias_json(joint.mirrored),
        'exchanged': joint.exchanged,
        'floor': floor,
        **verdict.to_json(),
    }


def _bias_json(bias: Bias) -> dict[str, Any]:
    return {
        'frame': bias.frame,
        'vector': bias.vector,
        'size': bias.size,
        'interval': bias.interval,
        'lower': bias.lower,
        'upper': bias.upper,
    }


def over_noise(joint: JointAgreement) -> float:
    """Return the bias over the spread of one coordinate."""
    # labels that differ by nothing but a shift have no noise at all
    return joint.bias.size / max(joint.noise, 1e-6)


def _rounded(value: float) -> float:
    # no minus zero, and no bound is shown as none
    return round(float(value), 3) + 0.0 if np.isfinite(value) else float('nan')


def _percent(share: float) -> str:
    return '-' if np.isnan(share) else f'{round(share, 2) + 0.0:.0%}'
