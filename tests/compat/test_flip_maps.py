"""Maps of UDP's combined kind are flipped back whatever their memory format is."""

import torch
from mmpose.models.heads.heatmap_heads import heatmap_head
from mmpose.models.utils.tta import flip_heatmaps

from mmlandmark.compat.flip_maps import _channels_last_is_refused


def test_maps_with_channels_last_are_flipped_as_others():
    maps = torch.arange(2 * 6 * 4 * 4.0).view(2, 6, 4, 4)
    for mode, swap in (('udp_combined', [1, 0]), ('heatmap', [1, 0, 3, 2, 5, 4])):
        options = dict(flip_mode=mode, flip_indices=swap, shift_heatmap=True)
        expected = flip_heatmaps(maps.clone(), **options)
        found = flip_heatmaps(maps.to(memory_format=torch.channels_last), **options)
        assert torch.equal(found, expected)


def test_the_heads_use_it():
    assert heatmap_head.flip_heatmaps is flip_heatmaps
    assert not _channels_last_is_refused(flip_heatmaps)
    # what it wraps refuses them, or this repair is not needed any more
    assert _channels_last_is_refused(flip_heatmaps.__wrapped__)
