"""Decoding inside a graph is that of MMPose's codecs."""

from __future__ import annotations

import numpy as np
import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
pytest.importorskip('onnxruntime')
from device_codec_cases import HEATMAPS, MAP, SIMCC, SIZE  # noqa: E402
from mmpose.registry import KEYPOINT_CODECS  # noqa: E402

from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.models.graphs.codecs import build_decoder  # noqa: E402
from models.graphs.recorded import run_onnx  # noqa: E402

DARK = dict(type='SimCCLabel', input_size=SIZE, sigma=(4.9, 5.66), use_dark=True)
CASES = {
    **{name: HEATMAPS[name] for name in ('msra', 'msra_dark', 'udp', 'udp_combined')},
    'simcc': SIMCC['gaussian'],
    'simcc_dark': DARK,
}


def outputs_of(codec, seed=0, batch=3, keypoints=4):
    """Return what a trained head gives: targets and a little noise; one is found nowhere."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(0.02, 0.98, (batch, keypoints, 2)) * codec.input_size
    encoded = [codec.encode(p[None].astype(np.float32), np.ones((1, keypoints))) for p in points]
    if 'heatmaps' in encoded[0]:
        parts = [np.stack([one['heatmaps'] for one in encoded])]
    else:
        keys = ('keypoint_x_labels', 'keypoint_y_labels')
        parts = [np.stack([one[key][0] for one in encoded]) for key in keys]
    noisy = [p + rng.uniform(-1e-3, 1e-3, p.shape) for p in parts]
    for part in noisy:
        part[0, 0] = -1.0
    return [torch.from_numpy(part.astype(np.float32)) for part in noisy]


@pytest.mark.parametrize('kind', CASES)
def test_a_graph_decodes_what_the_codec_decodes(kind):
    codec = KEYPOINT_CODECS.build(CASES[kind])
    outputs = outputs_of(codec)
    decoder = build_decoder(codec, 'head')
    rows = zip(*(part.numpy() for part in outputs), strict=True)
    expected = [codec.decode(*(part.copy() for part in row)) if len(row) == 1 else
                codec.decode(*(part[None].copy() for part in row)) for row in rows]  # fmt: skip
    points = np.concatenate([found[0] for found in expected])
    scores = np.concatenate([found[1] for found in expected])
    for batch, (found, heights) in zip((1, 3), run_onnx(decoder, *outputs), strict=True):
        # where nothing is found, MMPose's combined codec reads an offset from the map's other end
        there = (heights > 0) if kind == 'udp_combined' else np.ones_like(heights, dtype=bool)
        np.testing.assert_allclose(found[there], points[:batch][there], rtol=0, atol=1e-3)
        np.testing.assert_allclose(heights, scores[:batch], rtol=0, atol=1e-6)
        with torch.no_grad():
            own = decoder(*(part[:batch] for part in outputs))
        np.testing.assert_allclose(found, own[0].numpy(), rtol=0, atol=1e-4)


def test_a_codec_that_no_graph_holds_is_named():
    codec = KEYPOINT_CODECS.build(
        dict(type='MegviiHeatmap', input_size=SIZE, heatmap_size=MAP, kernel_size=5)
    )
    with pytest.raises(LandmarkError, match='MSPNHead: its decoder is MegviiHeatmap, which cannot'):
        build_decoder(codec, 'MSPNHead')
