"""Points of flat heatmaps are decoded; those of other maps as MMPose decodes them."""

import numpy as np
from mmpose.codecs import UDPHeatmap, udp_heatmap
from mmpose.codecs.utils.refinement import refine_keypoints_dark_udp

from mmlandmark.compat.udp_codec import _flat_maps_are_refused


def test_flat_maps_are_decoded_and_the_others_beside_them_are_as_ever():
    codec = UDPHeatmap(input_size=(64, 64), heatmap_size=(16, 16), sigma=2)
    points = np.random.default_rng(1).uniform(16, 48, (1, 20, 2)).astype(np.float32)
    maps = codec.encode(points, np.ones((1, 20), np.float32))['heatmaps']
    alone, _ = codec.decode(maps)
    noise = np.random.default_rng(0).normal(0, 1e-7, (400, 16, 16))
    both, scores = codec.decode(np.concatenate([maps, (0.3 + noise).astype(np.float32)]))
    np.testing.assert_allclose(both[:, :20], alone)
    assert both.shape == (1, 420, 2) and np.isfinite(both).all() and np.isfinite(scores).all()


def test_the_codec_uses_it():
    assert udp_heatmap.refine_keypoints_dark_udp is refine_keypoints_dark_udp
    assert not _flat_maps_are_refused(refine_keypoints_dark_udp)
    # what it wraps is refused, or this repair is not needed any more
    assert _flat_maps_are_refused(refine_keypoints_dark_udp.__wrapped__)
