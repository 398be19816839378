"""From the evidence on one keypoint to a verdict: may its two definitions share a channel?"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from mmlandmark.errors import LandmarkError

MERGE, OFFSET, APART, UNDECIDED = 'merge', 'merge with offset', 'keep apart', 'undecided'
VERDICTS = (MERGE, OFFSET, UNDECIDED, APART)
"""From the best to the worst: of a left/right pair the worse one counts."""

FEW = 4
"""So many times the least number of images and more give no warning."""


@dataclass(frozen=True)
class Limits:
    """What the evidence is held against.

    Args:
        tolerance: A bias surely below this does no harm, in units.
        free: A bias surely below this share of the tolerance needs no correction.
        far: A bias surely above so many tolerances is no mere offset.
        bias_over_noise: Above, a constant offset is worth correcting.
        agreeing_gain: Share of the distance that an offset, or a learned conversion beyond it, may
            remove from points that mean the same.
        apart_gain: Above this share, beyond a constant offset, the points mean different things.
            Gains count where the distance itself reaches the tolerance: of less, what is learned
            is to average the noise of the sources.
        min_images: Below, nothing is decided.
        max_noise: A spread of more tolerances hides any bias.

    Raises:
        LandmarkError: A tolerance that is not above zero.
    """

    tolerance: float = 0.1
    free: float = 0.5
    far: float = 2.0
    bias_over_noise: float = 0.5
    agreeing_gain: float = 0.1
    apart_gain: float = 0.3
    min_images: int = 30
    max_noise: float = 5.0

    def __post_init__(self) -> None:
        if not 0 < self.tolerance < np.inf:
            raise LandmarkError(f'tolerance is {self.tolerance!r}; expected a length above 0')


@dataclass(frozen=True)
class Evidence:
    """Numbers on one keypoint, lengths in units.

    Args:
        images: Groups with the keypoint in both labellings.
        lower: Largest one-sided lower bound of the bias over the frames.
        upper: Largest one-sided upper bound.
        bias_over_noise: Bias over the spread of one coordinate, in the base frame.
        noise: The spread.
        distance: Median distance that is left after the constant offset.
        gain: Share of the median distance that a learned conversion removes; NaN: not known.
        gain_over_offset: That beyond what the constant offset removes.
        exchanged: Left and right are exchanged.
        asymmetry: Lower bound of the difference between a bias and its mirror partner's.
    """

    images: int
    lower: float
    upper: float
    bias_over_noise: float
    noise: float
    distance: float
    gain: float
    gain_over_offset: float
    exchanged: bool = False
    asymmetry: float = 0.0

    @property
    def offset_gain(self) -> float:
        """Share of the median distance that the constant offset alone removes."""
        left = 1 - self.gain_over_offset
        return 1 - (1 - self.gain) / left if left > 0 else 0.0


@dataclass(frozen=True)
class Verdict:
    """One of ``VERDICTS`` with the numbers behind it, and whether it holds without correction.

    Args:
        name: One of ``VERDICTS``.
        reasons: What decided.
        within: The bias as it is lies within the tolerance.
        warnings: What makes it less sure.
    """

    name: str
    reasons: tuple[str, ...]
    within: bool
    warnings: tuple[str, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as plain data."""
        return dict(
            verdict=self.name,
            reasons=list(self.reasons),
            within_tolerance=self.within,
            warnings=list(self.warnings),
        )


def judge(evidence: Evidence, limits: Limits) -> Verdict:
    """Return the verdict on one keypoint."""
    e, tolerance = evidence, limits.tolerance
    within = e.upper < tolerance
    few = e.images < limits.min_images
    warnings = _warnings(e, limits)

    def verdict(name: str, *reasons: str) -> Verdict:
        return Verdict(name, reasons, within and not few, warnings)

    if few:
        return verdict(UNDECIDED, f'{e.images} images, fewer than {limits.min_images}')
    if e.exchanged:
        return verdict(APART, 'left and right are exchanged')
    if e.noise > limits.max_noise * tolerance:
        return verdict(UNDECIDED, f'spread {e.noise:.3f} is above {limits.max_noise:g} tolerances')
    far = limits.far * tolerance
    if e.lower >= far:
        return verdict(APART, f'the bias is at least {e.lower:.3f}, {limits.far:g} x the tolerance')
    if e.gain_over_offset >= limits.apart_gain and e.distance >= tolerance:
        return verdict(
            APART, f'a learned conversion removes {e.gain_over_offset:.0%} beyond an offset'
        )
    if not np.isfinite(e.gain):
        return verdict(UNDECIDED, 'what a learned conversion gains is not known')
    if e.asymmetry > tolerance / 2:
        return verdict(UNDECIDED, f'left and right biases differ by at least {e.asymmetry:.3f}')
    if within:
        return verdict(*_within(e, limits))
    between = f'the bias is {e.lower:.3f} to {e.upper:.3f} against a tolerance of {tolerance:g}'
    unsure = e.lower < tolerance
    if e.upper >= far or (unsure and e.upper - e.lower >= tolerance):
        return verdict(UNDECIDED, between)
    if e.gain_over_offset < limits.agreeing_gain:
        return verdict(OFFSET, between, 'a constant offset removes it')
    learned = f'a learned conversion removes {e.gain_over_offset:.0%} beyond an offset'
    return verdict(UNDECIDED if unsure else APART, between, learned)


def worse(one: Verdict, other: Verdict, partner: str) -> Verdict:
    """Return ``one``, or the verdict of its mirror partner where that is worse.

    A union whose left points share a channel and whose right ones do not has no left/right flip.
    """
    within = one.within and other.within
    if VERDICTS.index(other.name) <= VERDICTS.index(one.name):
        return replace(one, within=within)
    return replace(one, name=other.name, reasons=(f'as {partner}', *other.reasons), within=within)


def _within(e: Evidence, limits: Limits) -> tuple[str, str]:
    bound = f'the bias is below {e.upper:.3f}'
    if e.upper >= limits.free * limits.tolerance:
        return OFFSET, bound
    if e.bias_over_noise >= limits.bias_over_noise:
        return OFFSET, f'{bound}, but {e.bias_over_noise:.2f} of the spread'
    if e.offset_gain >= limits.agreeing_gain and e.distance >= limits.tolerance:
        return OFFSET, f'{bound}, but a constant offset removes {e.offset_gain:.0%}'
    return MERGE, bound


def _warnings(e: Evidence, limits: Limits) -> tuple[str, ...]:
    notes = []
    if limits.min_images <= e.images < FEW * limits.min_images:
        notes.append('few samples')
    if 0 < limits.tolerance - e.upper < limits.tolerance / 10:
        notes.append('the upper bound nearly reaches the tolerance')
    learns = limits.agreeing_gain <= e.gain_over_offset < limits.apart_gain
    if learns and e.upper < limits.tolerance <= e.distance:
        notes.append('there is something to learn beyond an offset, if only the noise of a side')
    return tuple(notes)
