"""A top-down model from pixels to points, as one graph."""

from __future__ import annotations

from typing import Any

import torch
from mmengine.model import ImgDataPreprocessor
from torch import Tensor, nn

from mmlandmark.errors import LandmarkError


class PixelGraph(nn.Module):
    """What a data preprocessor of MMPose does with pixels.

    Args:
        preprocessor: With ``mean`` and ``std``, or without.
        input_size: Width and height of the input.

    Raises:
        LandmarkError: It pads inputs of that size, or is another.
    """

    def __init__(self, preprocessor: nn.Module, input_size: tuple[int, int]) -> None:
        super().__init__()
        if not isinstance(preprocessor, ImgDataPreprocessor):
            raise LandmarkError(
                f'data_preprocessor is {type(preprocessor).__name__}; expected a '
                'PoseDataPreprocessor, whose normalisation the graph can hold'
            )
        divisor = preprocessor.pad_size_divisor
        if any(side % divisor for side in input_size):
            raise LandmarkError(
                f'the data preprocessor pads inputs of {input_size[0]}x{input_size[1]} to '
                f'multiples of {divisor}; export with such a size'
            )
        self.swaps = bool(preprocessor._channel_conversion)
        mean, std = torch.zeros(3, 1, 1), torch.ones(3, 1, 1)
        if preprocessor._enable_normalize:
            mean = preprocessor.mean.detach().float().cpu().expand(3, 1, 1)
            std = preprocessor.std.detach().float().cpu().expand(3, 1, 1)
        self.register_buffer('mean', mean.clone())
        self.register_buffer('std', std.clone())

    def forward(self, pictures: Tensor) -> Tensor:
        """Return inputs (B, 3, H, W) float32 of pictures (B, H, W, 3) uint8."""
        values = pictures.permute(0, 3, 1, 2).float()
        if self.swaps:
            values = values[:, [2, 1, 0]]
        return (values - self.mean) / self.std


class DetectorGraph(nn.Module):
    """Crops in, points out.

    Args:
        model: A ``TopdownPoseEstimator``.
        head: Its head's graph.
        input_size: Width and height of a crop.
        flip_test: Average with the mirrored crop.
        frame: ``input`` or ``picture``; see ``DetectorInfo``.
    """

    output_names = ('points', 'scores')

    def __init__(
        self,
        model: Any,
        head: nn.Module,
        input_size: tuple[int, int],
        flip_test: bool,
        frame: str,
    ) -> None:
        super().__init__()
        self.pixels = PixelGraph(model.data_preprocessor, input_size)
        self.backbone = model.backbone
        self.neck = model.neck if model.with_neck else None
        self.head = head
        self.input_size, self.flip_test, self.frame = input_size, flip_test, frame

    @property
    def input_names(self) -> list[str]:
        """Names of what ``forward`` takes."""
        return ['crops', *(['affines'] if self.frame == 'picture' else [])]

    def example(self, batch: int) -> tuple[Tensor, ...]:
        """Return inputs: smooth random pictures, and maps that enlarge and move."""
        generator = torch.Generator().manual_seed(batch)
        width, height = self.input_size
        noise = torch.rand(batch, 3, 6, 6, generator=generator) * 255
        smooth = nn.functional.interpolate(noise, (height, width), mode='bicubic')
        crops = smooth.clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).contiguous()
        affines = torch.zeros(batch, 2, 3)
        affines[:, 0, 0] = affines[:, 1, 1] = torch.rand(batch, generator=generator) + 0.5
        affines[:, :, 2] = torch.rand(batch, 2, generator=generator) * 200
        return (crops, affines)[: len(self.input_names)]

    def forward(self, crops: Tensor, affines: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return points (B, K, 2) and scores (B, K), float32.

        Args:
            crops: (B, H, W, 3) uint8, blue, green, red.
            affines: (B, 2, 3) float32, from pixels of crops to those of pictures.
        """
        inputs = self.pixels(crops)
        mirrored = self._features(inputs.flip(-1)) if self.flip_test else None
        points, scores = self.head(self._features(inputs), mirrored)
        if affines is not None:
            points = points @ affines[:, :, :2].transpose(1, 2) + affines[:, None, :, 2]
        return points, scores

    def _features(self, inputs: Tensor) -> Any:
        feats = self.backbone(inputs)
        return feats if self.neck is None else self.neck(feats)
