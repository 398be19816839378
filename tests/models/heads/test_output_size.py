"""A codec of other sizes than the head gives would scale every predicted point."""

from __future__ import annotations

import pytest
import torch

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmpose.registry import MODELS  # noqa: E402

from mmlandmark.errors import LandmarkError  # noqa: E402
from models.heads.union_batches import (  # noqa: E402
    CODECS,
    DATASETS,
    HEADS,
    SIMCC_CODECS,
    build,
    pose_batch,
)

FEATS = (torch.zeros(2, 8, 16, 12),)
LARGER = CODECS['msra'] | dict(heatmap_size=(24, 32))
FINER = SIMCC_CODECS['gaussian'] | dict(simcc_split_ratio=3.0)
WORDS = {
    'msra': 'UnionHeatmapHead: gives 16x12, its MSRAHeatmap decodes 32x24',
    'rtmcc': 'UnionRTMCCHead: gives 96 and 128, its SimCCLabel decodes 144 and 192',
}


@pytest.mark.parametrize(('kind', 'codec'), [('msra', LARGER), ('rtmcc', FINER)])
def test_a_union_head_and_its_codec(kind, codec):
    head = build(kind, decoder=codec)
    batch = pose_batch(['coco', 'mpii'], HEADS[kind]['decoder'])
    for use in (head.loss, head.predict):
        with pytest.raises(LandmarkError, match=WORDS[kind]):
            use(FEATS, batch)


def test_a_decoder_and_its_codec():
    decoder = dict(type='HeatmapHead', in_channels=8, deconv_out_channels=None)
    decoder |= dict(decoder=CODECS['msra'])
    head = dict(type='MultiDecoderHead', datasets=DATASETS, decoder_head=decoder)
    head = MODELS.build(head | dict(decoders=dict(mpii=dict(decoder=LARGER))))
    head.loss((FEATS[0][:1],), pose_batch(['coco'], CODECS['msra']))
    with pytest.raises(LandmarkError, match="decoder 'mpii': gives 16x12, .* decodes 32x24"):
        head.loss(FEATS, pose_batch(['coco', 'mpii'], CODECS['msra']))


@pytest.mark.parametrize('flip', [False, True])
@pytest.mark.parametrize('target', [None, 'mpii16', 'union'])
def test_a_decoder_and_its_codec_are_compared_in_a_test_as_well(target, flip):
    decoder = dict(type='HeatmapHead', in_channels=8, deconv_out_channels=None)
    decoder |= dict(decoder=CODECS['msra'])
    head = dict(type='MultiDecoderHead', datasets=DATASETS, decoder_head=decoder)
    head = MODELS.build(head | dict(decoders=dict(mpii=dict(decoder=LARGER)))).eval()
    batch = pose_batch(['coco', 'mpii'], CODECS['msra'])
    feats = [FEATS, FEATS] if flip else FEATS
    settings = dict(target_schema=target, flip_test=flip, flip_mode='heatmap')
    with pytest.raises(LandmarkError, match="decoder 'mpii': gives 16x12, .* decodes 32x24"):
        head.predict(feats, batch, settings)


def test_a_test_compares_once_for_a_size_of_features():
    decoder = dict(type='HeatmapHead', in_channels=8, deconv_out_channels=None)
    decoder |= dict(decoder=CODECS['msra'])
    head = dict(type='MultiDecoderHead', datasets=dict(coco='coco17'), decoder_head=decoder)
    head, rows = MODELS.build(head).eval(), []
    layer = head.decoders['coco'].final_layer
    layer.register_forward_hook(lambda _, args, out: rows.append(len(out)))
    batch = pose_batch(['coco', 'coco'], CODECS['msra'])
    for _ in range(2):
        head.predict(FEATS, batch)
    assert rows == [1, 2, 2]
    with pytest.raises(LandmarkError, match="decoder 'coco': gives 8x6, .* decodes 16x12"):
        head.predict((FEATS[0][..., ::2, ::2],), batch)


@pytest.mark.parametrize('kind', HEADS)
def test_what_fits_passes(kind):
    build(kind).loss(FEATS, pose_batch(['coco', 'mpii'], HEADS[kind]['decoder']))
