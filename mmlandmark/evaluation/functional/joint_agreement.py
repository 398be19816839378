"""Two labellings of the same instances, keypoint by keypoint: bias, spread, gain, left and right.

Lengths are in units of a named reference length of each instance throughout.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional.agreement import (
    Agreement,
    JointAgreement,
    LabelledTwice,
)
from mmlandmark.evaluation.functional.bootstrap import bootstrap_center, resample_counts
from mmlandmark.evaluation.functional.common_offset import common_offset
from mmlandmark.evaluation.functional.equivalence import Bias, bounded_bias
from mmlandmark.evaluation.functional.frames import (
    Frames,
    base_frames,
    left_and_right,
    limb_frames,
)
from mmlandmark.evaluation.functional.mirror import mirror_difference, sides_exchanged
from mmlandmark.evaluation.functional.robust_center import robust_spread, trimmed_mean

MIN_LIMB = 0.5
"""A limb shorter than this at the median has no frame of its own: its direction is noise."""


def measure_agreement(
    data: LabelledTwice,
    *,
    frame: str | None = None,
    replicates: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Agreement:
    """Measure how two labellings agree.

    Args:
        data: The labellings.
        frame: Kind of the base frame, see ``base_frames``; None: the first that can be had.
        replicates: Of the bootstrap by group.
        confidence: Of all bounds.
        seed: Of the bootstrap.

    Raises:
        LandmarkError: The frame cannot be had, or no instance has one and a unit.
    """
    return _Measurement(data, frame, replicates, confidence, seed).result()


class _Measurement:
    def __init__(
        self, data: LabelledTwice, kind: str | None, replicates: int, confidence: float, seed: int
    ) -> None:
        self.data, self.confidence = data, confidence
        self.unit = np.where(data.unit > 0, data.unit, np.nan)
        # the mean of both: the error of either alone is part of the difference seen in the frame
        self.middle = (data.source + data.target) / 2
        own = [name for name, shared in zip(data.names, data.shared, strict=True) if shared]
        points = self.middle[:, data.shared]
        self.frames = base_frames(kind, own, points, data.swaps, self.unit)
        self.counts = resample_counts(int(data.groups.max(initial=-1)) + 1, replicates, seed)
        self.usable = self.frames.known & np.isfinite(self.unit)
        if not self.usable.any():
            raise LandmarkError(
                f'none of {len(self.unit)} instances has a {self.frames.name} frame and '
                'a reference length; another frame or normaliser may do'
            )
        differences = (data.target - data.source) / self.unit[:, None, None]
        self.offset = common_offset(
            differences[:, data.shared], self.frames, self.unit, data.groups, self.counts
        )
        self.differences = differences - self.offset.of(self.unit)[:, None]
        self.local = self.frames.encode(self.differences)

    def result(self) -> Agreement:
        centres = {
            i: self._centre(self.frames, self.local[:, i]) for i in range(len(self.data.names))
        }
        has_unit = np.isfinite(self.unit)
        return Agreement(
            frame=self.frames.name,
            instances=int(self.usable.sum()),
            images=len(np.unique(self.data.groups[self.usable])),
            without_unit=int((~has_unit).sum()),
            without_frame=int((has_unit & ~self.frames.known).sum()),
            offset=self.offset,
            joints=tuple(self._joint(i, centres) for i in centres),
        )

    def _centre(self, frames: Frames, local: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The robust bias and its replicates, with the replicates of the shift carried along."""
        known = np.isfinite(local).all(axis=1)
        centre = np.concatenate(
            [trimmed_mean(v) for v in np.where(known[:, None], local, np.nan).T]
        )
        draws = bootstrap_center(local, self.data.groups, self.counts)
        if known.any():
            axes = frames.axes[known]
            inverse = (self.offset.median_unit / self.unit[known])[:, None, None]
            moved = self.offset.replicates - [self.offset.size_part, self.offset.pixel_part]
            draws = draws - moved[:, 0] @ axes.mean(axis=0)
            draws = draws - moved[:, 1] @ (axes * inverse).mean(axis=0)
        return centre, draws

    def _joint(
        self, index: int, centres: dict[int, tuple[np.ndarray, np.ndarray]]
    ) -> JointAgreement:
        data, local = self.data, self.local[:, index]
        centre, draws = centres[index]
        known = np.isfinite(local).all(axis=1)
        distance = np.hypot(*local.T)
        shifted = np.hypot(*(local - centre).T)
        learned = np.hypot(*(data.learned[:, index] - data.target[:, index]).T) / self.unit
        both = known & np.isfinite(learned)
        partner = self._partner(index)
        mirrored = None
        if partner is not None:
            mirrored = mirror_difference(centre, draws, *centres[partner], self.confidence)
        return JointAgreement(
            name=data.names[index],
            instances=int(known.sum()),
            images=len(np.unique(data.groups[known])),
            bias=bounded_bias(self.frames.name, centre, draws, self.confidence),
            limb_biases=tuple(self._limbs(index)),
            noise=robust_spread(local),
            distance=_median(distance[known]),
            distance_offset=_median(shifted[known]),
            distance_learned=_median(learned[both]),
            gain=_removed(distance[both], learned[both]),
            gain_over_offset=_removed(shifted[both], learned[both]),
            mirrored=mirrored,
            partner=None if partner is None else data.names[partner],
            exchanged=partner is not None and self._exchanged(index, partner),
            differences=local,
        )

    def _limbs(self, index: int) -> list[Bias]:
        biases = []
        for end in self._neighbours(index):
            span = np.hypot(*(self.middle[:, end] - self.middle[:, index]).T) / self.unit
            if not _median(span[np.isfinite(span) & self.usable]) >= MIN_LIMB:
                continue
            name = f'to {self.data.names[end]}'
            frames = limb_frames(
                self.frames, self.middle[:, index], self.middle[:, end], name, self.unit
            )
            local = frames.encode(self.differences[:, index : index + 1])[:, 0]
            biases.append(bounded_bias(name, *self._centre(frames, local), self.confidence))
        return biases

    def _neighbours(self, index: int) -> list[int]:
        name, names = self.data.names[index], self.data.names
        if not self.data.shared[index]:
            return []
        shared = {n for n, own in zip(names, self.data.shared, strict=True) if own}
        ends = {b if a == name else a for a, b in self.data.links if name in (a, b)}
        return [names.index(end) for end in names if end in ends & shared]

    def _partner(self, index: int) -> int | None:
        name = self.data.names[index]
        for left, right in left_and_right(self.data.swaps):
            if name in (left, right):
                other = right if name == left else left
                return self.data.names.index(other) if other in self.data.names else None
        return None

    def _exchanged(self, index: int, partner: int) -> bool:
        source, target = self.data.source, self.data.target
        return sides_exchanged(
            source[:, index], source[:, partner], target[:, index], target[:, partner]
        )


def _median(values: Sequence[float] | np.ndarray) -> float:
    return float(np.median(values)) if len(values) else float('nan')


def _removed(before: np.ndarray, after: np.ndarray) -> float:
    """Share of a median distance that is gone; nothing of a distance that is zero to rounding."""
    distance = _median(before)
    return 0.0 if distance < 1e-9 else 1 - _median(after) / distance
