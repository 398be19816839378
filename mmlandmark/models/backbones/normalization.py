"""Mean and standard deviation that belong to an encoder, taken from its own data."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from mmlandmark.errors import LandmarkError

LEVELS = 255


@dataclass(frozen=True)
class ColorStatistics:
    """What an encoder was trained with.

    Args:
        mean: Of red, green and blue, in levels 0 to 255.
        std: Standard deviations, likewise.
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any], where: str) -> ColorStatistics:
        """Read ``mean`` and ``std`` as timm and segmentation-models-pytorch keep them.

        They are shares of the end of ``input_range``, which is 1 where it is not told.

        Raises:
            LandmarkError: They are not there, are not three finite numbers each, or of pictures
                in blue, green and red.
        """
        end = (settings.get('input_range') or (0, 1))[-1]
        values = [_three(settings.get(name)) for name in ('mean', 'std')]
        if None in values or min(values[1]) <= 0 or settings.get('input_space', 'RGB') != 'RGB':
            raise LandmarkError(
                f'{where}: expected mean and std of red, green and blue, found '
                f'{settings.get("mean")!r}, {settings.get("std")!r} of '
                f'{settings.get("input_space", "RGB")}'
            )
        return cls(*(tuple(value * LEVELS / end for value in part) for part in values))

    @classmethod
    def of_timm(cls, name: str, where: str) -> ColorStatistics:
        """Return those of a model of timm, with or without the tag of its weights.

        ImageNet's, with which timm trains, where it keeps none.
        """
        import timm

        known = timm.get_pretrained_cfg(name)
        return cls.from_settings(known.to_dict(), where) if known else cls.of_imagenet(where)

    @classmethod
    def of_imagenet(cls, where: str) -> ColorStatistics:
        """Return those of ImageNet."""
        from timm.data import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD

        return cls.from_settings(dict(mean=IMAGENET_DEFAULT_MEAN, std=IMAGENET_DEFAULT_STD), where)


class ColorNormalization(nn.Module):
    """Makes of levels 0 to 255, red first, what an encoder was trained with.

    A checkpoint holds the figures, so that a model is tested with those it was trained with.

    Args:
        statistics: What to begin with.
        where: Who asks, for the message.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, statistics: ColorStatistics, where: str) -> None:
        super().__init__()
        self.where, self._looked = where, False
        self.register_buffer('mean', torch.empty(3, 1, 1))
        self.register_buffer('std', torch.empty(3, 1, 1))
        self.take(statistics)

    def take(self, statistics: ColorStatistics) -> None:
        """Use other figures from now on."""
        for buffer, values in ((self.mean, statistics.mean), (self.std, statistics.std)):
            buffer.copy_(torch.tensor(values).view(3, 1, 1))

    def forward(self, inputs: Tensor) -> Tensor:
        """Return pictures (B, 3, H, W) less the mean, by the standard deviation.

        Raises:
            LandmarkError: The first batch has been normalised before; a compiled network, whose
                graph this would break, does not look.
        """
        # once, as the answer is waited for
        if not torch.compiler.is_compiling() and not self._looked:
            self._looked = True
            if inputs.numel() and not inputs.is_meta and inputs.amin() < 0:
                raise LandmarkError(
                    f'{self.where}: normalises levels 0 to 255 itself, but its input has been '
                    'normalised: leave mean and std out of model.data_preprocessor, or pass '
                    'normalize=None'
                )
        return (inputs - self.mean) / self.std


def normalization(
    normalize: Any, own: ColorStatistics, where: str
) -> ColorNormalization | nn.Identity:
    """Return what the option ``normalize`` of a backbone asks for.

    Args:
        normalize: 'own', None, or a dict of ``mean`` and ``std`` in levels 0 to 255.
        own: The statistics of the encoder.
        where: Who asks, for the message.

    Raises:
        LandmarkError: It is none of these.
    """
    if normalize is None:
        return nn.Identity()
    if isinstance(normalize, Mapping) and set(normalize) == {'mean', 'std'}:
        given = dict(normalize, input_range=(0, LEVELS))
        return ColorNormalization(ColorStatistics.from_settings(given, where), where)
    if normalize != 'own':
        raise LandmarkError(
            f"{where}: normalize is {normalize!r}; expected 'own', None or dict(mean=, std=)"
        )
    return ColorNormalization(own, where)


def _three(values: Any) -> tuple[float, ...] | None:
    given = tuple(values) if isinstance(values, Sequence) and not isinstance(values, str) else ()
    whole = len(given) == 3 and all(isinstance(value, (int, float)) for value in given)
    return given if whole and all(map(math.isfinite, given)) else None
