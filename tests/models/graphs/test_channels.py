"""Channel keypoints by a graph of fixed sizes are those of the model."""

from __future__ import annotations

import numpy as np
import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
pytest.importorskip('onnxruntime')

from apis.colour_detector import (  # noqa: E402
    detector_config,
    dotted_picture,
    write_checkpoint,
)

from mmlandmark.apis import ChannelInferencer  # noqa: E402
from mmlandmark.apis.export import export_model  # noqa: E402
from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.exported import load_exported  # noqa: E402
from mmlandmark.geometry.peaks import find_peaks  # noqa: E402
from mmlandmark.models.graphs.channels import PeakGraph  # noqa: E402
from models.graphs.recorded import run_onnx  # noqa: E402


@pytest.mark.parametrize(
    'options',
    [
        dict(threshold=0.3, top_k=4),
        dict(threshold=(0.2, 0.9), min_distance=3, relative=True, refine=False, top_k=20),
    ],
)
def test_peaks_are_those_of_find_peaks(options):
    generator = torch.Generator().manual_seed(0)
    maps = torch.rand(3, 2, 12, 10, generator=generator)
    maps[1] *= 0.1  # below the threshold, where that is no share
    for batch, (points, scores, there) in zip((1, 3), run_onnx(Three(options), maps), strict=True):
        found = find_peaks(maps[:batch], **options)
        assert there.sum() == len(found.points)
        np.testing.assert_array_equal(np.nonzero(there)[1], found.channel.numpy())
        np.testing.assert_array_equal(np.nonzero(there)[0], found.batch.numpy())
        np.testing.assert_allclose(points[there], found.points.numpy(), rtol=0, atol=1e-4)
        np.testing.assert_allclose(scores[there], found.scores.numpy(), rtol=0, atol=1e-6)


class Three(PeakGraph):
    output_names = ('points', 'scores', 'there')

    def __init__(self, options):
        super().__init__(2, options)


def test_a_detector_of_channel_keypoints(tmp_path):
    config = detector_config()
    checkpoint = write_checkpoint(tmp_path / 'colours.pth', config)
    given = dict(config=config, checkpoint=checkpoint)
    with pytest.raises(LandmarkError, match='expected input_size=.*--input-size'):
        export_model(tmp_path / 'c.onnx', **given)
    picture = dotted_picture(40, 32, [(10.5, 8.2)], [(30.3, 20.1), (5.0, 25.0)])
    height, width = picture.shape[:2]
    export_model(tmp_path / 'c.onnx', **given, input_size=(width, height))
    loaded = load_exported(tmp_path / 'c.onnx')
    (expected,) = ChannelInferencer(config, checkpoint, device='cpu')(picture)
    for found in loaded(np.stack([picture, picture])):
        np.testing.assert_array_equal(found.channel_ids, expected.channel_ids)
        np.testing.assert_allclose(found.points, expected.points, rtol=0, atol=1e-3)
        np.testing.assert_allclose(found.scores, expected.scores, rtol=0, atol=1e-5)
    assert len(expected.points) == 3 and loaded.channels == ('corner', 'flap')
    with pytest.raises(LandmarkError, match=r'expected uint8 \(N, '):
        loaded(picture[None, :-1])
    assert len(loaded([picture])) == 1 and loaded([]) == []
