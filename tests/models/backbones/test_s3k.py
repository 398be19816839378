"""The network of S3K: its layers, and what is refused."""

from __future__ import annotations

import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.models.backbones import S3K  # noqa: E402


def test_it_has_the_published_numbers_of_channels() -> None:
    kernels = [tuple(v.shape[:2]) for v in S3K().parameters() if v.ndim == 4]
    down, blocks, up = kernels[:3], kernels[3:9], kernels[9:]
    assert down == [(3, 3), (16, 3), (32, 16)]
    assert blocks == [(32, 32)] * 6
    assert up == [(32, 32), (32, 32), (32, 48), (32, 32), (32, 35)]


def test_fine_things_pass_by_the_residual_blocks() -> None:
    backbone = S3K().eval()
    inputs = torch.rand(1, 3, 32, 32)
    with torch.no_grad():
        for value in backbone.up_full.parameters():
            value.zero_()
        (maps,) = backbone(inputs)
        changed = inputs.clone()
        changed[..., 16, 16] += 1
        (other,) = backbone(changed)
    rows = (maps != other).any(1)[0].nonzero()
    assert rows.min() >= 14 and rows.max() <= 18 and len(rows)


@pytest.mark.parametrize('options', [dict(widths=(3, 16)), dict(num_blocks=0), dict(width=-1)])
def test_what_is_refused(options: dict) -> None:
    with pytest.raises(LandmarkError, match='S3K: expected three positive widths'):
        S3K(**options)
