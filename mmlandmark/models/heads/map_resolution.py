"""From the size of feature maps to the resolution that a head is asked for."""

from __future__ import annotations

import math
from itertools import count

from torch import Tensor
from torch.nn import functional as F

from mmlandmark.errors import LandmarkError

Size = tuple[int, int]


def map_size(input_shape: Size, stride: int) -> Size:
    """Return height and width of the map of an input: every pixel is in a cell."""
    return tuple(math.ceil(length / stride) for length in input_shape)


def map_stride(resolution: float, where: str) -> int:
    """Return the pixels of the input per cell of a map of a resolution in cells per pixel.

    Raises:
        LandmarkError: It is not 1 over a whole number.
    """
    stride = round(1 / resolution) if 0 < resolution <= 1 else 0
    if stride < 1 or not math.isclose(resolution * stride, 1, rel_tol=1e-6):
        raise LandmarkError(
            f'{where}: resolution is {resolution!r}, expected 1, 0.5, 0.25 or another 1 / n'
        )
    return stride


def feature_stride(input_shape: Size, size: Size, where: str, told: int | None = None) -> int:
    """Return the pixels of the input per cell of a feature map.

    Args:
        input_shape: Height and width of the input.
        size: The same of the map.
        where: Whose it is, for the message.
        told: The stride, where it is known, to compare.

    Raises:
        LandmarkError: The size is not that of the input divided by the stride, rounded up; or
            several strides would give it, and no power of two is among them.
    """
    if told is not None:
        if map_size(input_shape, told) == size:
            return told
        wanted = f'{_words(map_size(input_shape, told))} of stride {told}'
    else:
        fitting = _fitting_strides(input_shape, size)
        powers = [stride for stride in fitting if not stride & (stride - 1)]
        if powers or len(fitting) == 1:
            return (powers or fitting)[0]
        wanted = (
            'in_stride in the head, which is not clear'
            if fitting
            else ('the size of the input divided by a stride, rounded up')
        )
    raise LandmarkError(
        f'{where}: the features of an input of {_words(input_shape)} are {_words(size)} (height x '
        f'width); expected {wanted}; pad_size_divisor of the data preprocessor, set to the stride, '
        'makes inputs divide'
    )


def check_resize(stride: int, deconvs: int, target: int, where: str) -> None:
    """Refuse features whose cells are no whole multiple, or fraction, of those of the maps.

    Args:
        stride: Of the features.
        deconvs: How many layers double them first.
        target: Stride of the maps.
        where: Whose they are, for the message.

    Raises:
        LandmarkError: There is no such resize.
    """
    reached, rest = divmod(stride, 2**deconvs)
    if rest or (reached % target and target % reached):
        doubled = f', doubled {deconvs} times,' if deconvs else ''
        raise LandmarkError(
            f'{where}: features of stride {stride}{doubled} cannot become maps of resolution 1/'
            f'{target}; expected a whole number of cells per cell'
        )


def pool_features(features: Tensor, stride: int, target: int) -> Tensor:
    """Return features (B, C, h, w) of at least the target's stride: means of cells, where finer."""
    if stride >= target:
        return features
    factor = target // stride
    return F.avg_pool2d(features, factor, ceil_mode=True, count_include_pad=False)


def enlarge_maps(maps: Tensor, stride: int, target: int, size: Size) -> Tensor:
    """Return maps (B, C, h, w) of the target's stride, bilinear, cropped to a size.

    The centre of a cell stays where it is in the input, whatever its size.
    """
    if stride > target:
        maps = F.interpolate(
            maps, scale_factor=stride // target, mode='bilinear', align_corners=False
        )
    return maps[..., : size[0], : size[1]]


def _fitting_strides(input_shape: Size, size: Size) -> list[int]:
    fitting = []
    for stride in count(1):
        found = map_size(input_shape, stride)
        if found == size:
            fitting.append(stride)
        elif min(a - b for a, b in zip(found, size, strict=True)) < 0 or stride > max(input_shape):
            return fitting
    return fitting


def _words(size: Size) -> str:
    return 'x'.join(map(str, size))
