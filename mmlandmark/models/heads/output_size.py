"""Whether a head's output has the size that its codec decodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from mmlandmark.errors import LandmarkError
from mmlandmark.models.heads.loss_reduction import encoded_rows


class OutputSize:
    """The size of one keypoint's output that a codec decodes.

    A codec for another size would scale every predicted point without a word.

    Args:
        codec: The head's codec of MMPose; with None every size is right.
        where: Whose it is, for the message.
        simcc: Whether it is for SimCC vectors.
    """

    def __init__(self, codec: Any, where: str, simcc: bool = False) -> None:
        self.codec, self.where = type(codec).__name__, where
        rows = () if codec is None else encoded_rows(codec, simcc)
        self.sizes = tuple(tuple(row.shape[2:]) for row in rows)
        self._tried: list[torch.Size] = []

    def check(
        self, outputs: Tensor | tuple[Tensor, ...], feats: Sequence[Tensor] | None = None
    ) -> None:
        """Compare with maps (B, C, H, W), or SimCC's vectors (B, C, Wx) and (B, C, Wy).

        Args:
            outputs: Of the head.
            feats: What they are made of, for ``check_once`` to know features of that size.

        Raises:
            LandmarkError: They have another size.
        """
        parts = outputs if isinstance(outputs, tuple) else (outputs,)
        found = tuple(tuple(part.shape[2:]) for part in parts)
        if self.sizes and found != self.sizes:
            raise LandmarkError(
                f'{self.where}: gives {_words(found)}, its {self.codec} decodes '
                f'{_words(self.sizes)}; expected the same: set the sizes of decoder as the input '
                'and the layers of the model make them'
            )
        if feats is not None:
            self._tried = [level.shape[1:] for level in feats]

    def check_once(self, head: nn.Module, feats: Sequence[Tensor]) -> None:
        """Compare what a head makes of one sample, the first time that features of a size come.

        For heads of MMPose, which decode without showing what. A head that is being trained is
        left alone, for its normalisation would learn of the sample twice.

        Args:
            head: The head.
            feats: Feature maps (N, C, H, W) of each level.

        Raises:
            LandmarkError: It has another size.
        """
        if head.training or self._tried == [level.shape[1:] for level in feats]:
            return
        with torch.no_grad():
            self.check(head([level[:1] for level in feats]), feats)


def _words(sizes: tuple[tuple[int, ...], ...]) -> str:
    return ' and '.join('x'.join(map(str, size)) for size in sizes)
