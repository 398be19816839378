"""The feature maps that a model of timm offers, and which of them a backbone may give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mmlandmark.errors import LandmarkError

FINEST_STRIDE = 4
"""Maps of a smaller stride have passed the first convolutions only and see a few pixels."""


@dataclass(frozen=True)
class Stage:
    """One feature map.

    Args:
        index: What ``out_indices`` calls it.
        stride: Pixels of the input per pixel of the map.
        channels: Number of channels.
        module: Timm's name of the layer that gives it.
    """

    index: int
    stride: int
    channels: int
    module: str

    @property
    def is_stem(self) -> bool:
        """Whether only the first convolutions of the model have been at work."""
        return self.stride < FINEST_STRIDE or self.module.split('.')[0].startswith('stem')

    def __str__(self) -> str:
        kind = ', the stem' if self.is_stem else ''
        return f'{self.index} (stride {self.stride}, {self.channels} channels{kind})'


def stages_of(model: Any) -> list[Stage]:
    """Return the stages of a features_only model of timm, also those that it does not give."""
    return [
        Stage(int(info.get('index', number)), info['reduction'], info['num_chs'], info['module'])
        for number, info in enumerate(model.feature_info.info)
    ]


def check_form(out_indices: Any, where: str) -> tuple[int, ...]:
    """Return indices as they were asked for.

    Raises:
        LandmarkError: They are not whole numbers, at least 0, in rising order.
    """
    given = tuple(out_indices) if isinstance(out_indices, Sequence) else (out_indices,)
    whole = all(isinstance(index, int) and not isinstance(index, bool) for index in given)
    # timm gives its maps in this order, however they are asked for
    if not given or not whole or list(given) != sorted(set(given)) or given[0] < 0:
        raise LandmarkError(
            f'{where}: out_indices is {out_indices!r}; expected whole numbers from 0, in rising '
            'order'
        )
    return given


def check_stages(
    out_indices: Sequence[int], stages: Sequence[Stage], allow_stem: bool, where: str
) -> None:
    """Check the indices that are asked for.

    Raises:
        LandmarkError: There is no such stage, or it is the stem and that is not allowed.
    """
    known = {stage.index: stage for stage in stages}
    offered = '; '.join(map(str, stages))
    for index in out_indices:
        if index not in known:
            raise LandmarkError(f'{where}: out_indices has {index}, but the stages are {offered}')
        if known[index].is_stem and not allow_stem:
            first = next((stage for stage in stages if not stage.is_stem), None)
            hint = '' if first is None else f'the first that has seen more is {first.index}, '
            raise LandmarkError(
                f'{where}: out_indices has {index}, which is the stem ({known[index].module}): a '
                f'pixel of it has seen a few pixels of the picture; {hint}of {offered}; '
                'allow_stem=True takes it beside deeper stages'
            )
    if all(known[index].is_stem for index in out_indices):
        raise LandmarkError(
            f'{where}: out_indices has the stem only; expected a deeper stage beside it, of '
            f'{offered}'
        )
