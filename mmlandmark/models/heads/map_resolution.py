"""From the size of feature maps to the resolution that a head is asked for."""

from __future__ import annotations

import math

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
        told: The stride, where it is known: the map has to be as large as the input divided by it,
            rounded up.

    Raises:
        LandmarkError: The size is another, or none is told and the input is not the map times a
            power of two. A guess could be wrong there: some networks round down.
    """
    if told is None:
        stride = max(1, input_shape[0] // size[0])
        if tuple(length * stride for length in size) == input_shape and not stride & (stride - 1):
            return stride
        wanted = 'the input divided by a power of two, or in_stride in the head'
    else:
        if map_size(input_shape, told) == size:
            return told
        wanted = f'{_words(map_size(input_shape, told))} for in_stride={told}'
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


def _words(size: Size) -> str:
    return 'x'.join(map(str, size))
