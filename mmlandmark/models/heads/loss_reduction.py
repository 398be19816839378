"""Whether a loss can be taken apart into its keypoints: decided when the head is built."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mmlandmark.errors import LandmarkError
from mmlandmark.models.heads.row_losses import Rows, call_loss

_SHAPES = {False: [(2, 1, 16, 12)], True: [(2, 1, 12), (2, 1, 16)]}


def encoded_rows(codec: Any, simcc: bool = False) -> Rows:
    """Return what a codec makes of two keypoints inside the image, one row each.

    The second dimension of maps says how many the codec makes of a keypoint, three for UDP's
    combined target.

    Args:
        codec: A codec of MMPose, or None: then rows of random numbers, one map a keypoint.
        simcc: Whether it is for SimCC vectors.

    Raises:
        LandmarkError: The codec gives no maps, or no SimCC vectors.
    """
    if codec is None:
        generator = torch.Generator().manual_seed(0)
        return tuple(torch.rand(shape, generator=generator) for shape in _SHAPES[simcc])
    keys = ('keypoint_x_labels', 'keypoint_y_labels') if simcc else ('heatmaps',)
    # the corners: points that lie on a pixel of the map, whatever its size
    width, height = codec.input_size
    points = np.array(((0, 0), (width - 1, height - 1)), dtype=np.float32)
    encoded = codec.encode(points[None], np.ones((1, 2), dtype=np.float32))
    if any(key not in encoded for key in keys):
        raise LandmarkError(
            f'codec {type(codec).__name__} gives {", ".join(encoded)}, expected {", ".join(keys)}'
        )
    if simcc:
        return tuple(torch.from_numpy(encoded[key]).transpose(0, 1) for key in keys)
    maps = torch.from_numpy(encoded['heatmaps'])
    return (maps.reshape(2, -1, *maps.shape[1:]),)


def loss_reduction(loss_module: nn.Module, codec: Any, where: str, simcc: bool = False) -> str:
    """Return whether a loss is the ``mean`` or the ``sum`` of what it says of each sample.

    It is tried on two keypoints, as two samples and as two keypoints of one sample.

    Args:
        loss_module: A loss of MMPose for maps or for SimCC vectors.
        codec: The codec whose labels it will meet, or None.
        where: Whose loss it is, for the message.
        simcc: Whether it is for SimCC vectors.

    Raises:
        LandmarkError: It is neither, as where it keeps the hardest keypoints only or knows
            keypoints by position: it has no value per keypoint that could be counted.
    """
    target = encoded_rows(codec, simcc)
    generator = torch.Generator().manual_seed(1)
    pred = tuple(torch.rand(row.shape, generator=generator) for row in target)
    # unequal, so that a loss which divides by the sum of its weights does not pass
    weights = torch.tensor([[1.0], [0.5]])
    name = f'{where}: {type(loss_module).__name__}'
    labels = 'without a codec' if codec is None else f'with the labels of {type(codec).__name__}'
    try:
        with torch.no_grad():
            first = call_loss(loss_module, _rows(pred, 0), _rows(target, 0), weights[:1])
            second = call_loss(loss_module, _rows(pred, 1), _rows(target, 1), weights[1:])
            samples = call_loss(loss_module, pred, target, weights)
            keypoints = call_loss(loss_module, _joined(pred), _joined(target), weights.T)
    except Exception as error:  # whatever a loss does with shapes that it was not written for
        raise LandmarkError(
            f'{name} has no value of single keypoints {labels} ({type(error).__name__}: {error})'
        ) from error
    reduction = _reduction(samples, first + second)
    if reduction is None or _reduction(keypoints, first + second) is None:
        raise LandmarkError(
            f'{name} is not a mean over keypoints {labels}, which a loss on data sets of '
            'different keypoints has to be; KeypointMSELoss, BalancedHeatmapLoss, '
            "AdaptiveWingLoss, CombinedTargetMSELoss (UDP's combined target) and KLDiscretLoss "
            '(SimCC) are'
        )
    return reduction


def masked_reduction(
    reduction: str, loss_module: nn.Module, codec: Any, where: str, simcc: bool = False
) -> str:
    """Return over which rows a loss is a mean, where some are blank and weigh nothing.

    Args:
        reduction: What ``loss_reduction`` says of the loss.
        loss_module, codec, where, simcc: As there.

    Returns:
        ``mean``: over all; ``supervised``: over those with a weight; ``sum``: it is a sum.

    Raises:
        LandmarkError: Blank rows do not leave the sum of the others as it is.
    """
    target = encoded_rows(codec, simcc)
    generator = torch.Generator().manual_seed(1)
    pred = tuple(torch.rand(row.shape, generator=generator) for row in target)
    rows = [
        tuple(torch.stack((row[0], torch.zeros_like(row[0]))) for row in part)
        for part in (pred, target)
    ]
    with torch.no_grad():
        alone = call_loss(loss_module, _rows(pred, 0), _rows(target, 0), torch.ones(1, 1))
        both = call_loss(loss_module, *rows, torch.tensor([[1.0], [0.0]]))
    if reduction == 'mean' and _reduction(both, alone) == 'mean':
        return 'mean'
    if _reduction(both, alone) == 'sum':
        return 'sum' if reduction == 'sum' else 'supervised'
    raise LandmarkError(
        f'{where}: {type(loss_module).__name__} is not zero where prediction and target are, so '
        "that keypoints without a label cannot be left out on the device; set targets='pipeline'"
    )


def _rows(rows: Rows, position: int) -> Rows:
    return tuple(row[position : position + 1] for row in rows)


def _joined(rows: Rows) -> Rows:
    """Return two rows as two keypoints of one sample."""
    return tuple(row.reshape(1, -1, *row.shape[2:]) for row in rows)


def _reduction(value: Tensor, total: Tensor) -> str | None:
    for name, expected in (('mean', total / 2), ('sum', total)):
        if torch.allclose(value, expected, rtol=1e-4, atol=1e-12):
            return name
    return None
