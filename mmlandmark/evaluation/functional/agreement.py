"""What is held against each other, and what is measured, in two labellings of the same instances.

Lengths are in units of a named reference length of each instance unless said otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mmlandmark.evaluation.functional.common_offset import CommonOffset
from mmlandmark.evaluation.functional.equivalence import Bias


@dataclass(frozen=True)
class LabelledTwice:
    """P keypoints of N instances in two labellings.

    Args:
        names: P names.
        source: (N, P, 2) pixels, NaN where not labelled.
        target: (N, P, 2) pixels.
        learned: (N, P, 2) what a learned conversion that has not seen the instance gives for the
            target; NaN where it gives none.
        unit: (N,) reference length in pixels, NaN where not known.
        groups: (N,) number of the image of each instance.
        shared: (P,) bool, keypoints that both schemas mean to be the same; the others, as negative
            controls, have no say in the common shift and the frames.
        swaps: Left/right pairs of names.
        links: Pairs of names that limbs join.
    """

    names: tuple[str, ...]
    source: np.ndarray
    target: np.ndarray
    learned: np.ndarray
    unit: np.ndarray
    groups: np.ndarray
    shared: np.ndarray
    swaps: tuple[tuple[str, str], ...] = ()
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class JointAgreement:
    """What was measured on one keypoint.

    Args:
        name: Of the keypoint.
        instances: With the keypoint in both labellings, a unit and a frame.
        images: Their groups.
        bias: In the base frame, common shift removed.
        limb_biases: The same in the frames of the limbs that start here.
        noise: Robust standard deviation of one coordinate.
        distance: Median distance, common shift removed.
        distance_offset: Median distance after the bias is removed as well.
        distance_learned: Median distance to the learned conversion, on the instances that have it.
        gain: Share of ``distance`` that the learned conversion removes; NaN if not known.
        gain_over_offset: Share of ``distance_offset``.
        mirrored: Difference from the mirror partner's bias; None without a partner.
        partner: Its name.
        exchanged: The targets lie at the partner's sources.
        differences: (N, 2) differences in the base frame, for pictures.
    """

    name: str
    instances: int
    images: int
    bias: Bias
    limb_biases: tuple[Bias, ...]
    noise: float
    distance: float
    distance_offset: float
    distance_learned: float
    gain: float
    gain_over_offset: float
    mirrored: Bias | None
    partner: str | None
    exchanged: bool
    differences: np.ndarray

    @property
    def lower(self) -> float:
        """Largest lower bound over all frames."""
        return max(bias.lower for bias in self.biases)

    @property
    def upper(self) -> float:
        """Largest upper bound over all frames: below the tolerance only if it is so in each."""
        return max(bias.upper for bias in self.biases)

    @property
    def biases(self) -> tuple[Bias, ...]:
        """Those of all frames, the base frame first."""
        return (self.bias, *self.limb_biases)


@dataclass(frozen=True)
class Agreement:
    """What was measured on two labellings.

    Args:
        frame: Name of the base frame.
        instances: Instances with a unit and a frame.
        images: Their groups.
        without_unit: Instances without the reference length.
        without_frame: Instances with it whose frame is not known.
        offset: The common shift.
        joints: In the order of the names.
    """

    frame: str
    instances: int
    images: int
    without_unit: int
    without_frame: int
    offset: CommonOffset
    joints: tuple[JointAgreement, ...]
