# The same with a decoder for each schema
_base_ = ['./hrnetv2-w16s_union.py']

model = dict(
    head=dict(
        _delete_=True,
        type='MultiDecoderHead',
        datasets=dict(face68='face68', face48='face48'),
        decoder_head=dict(type='HeatmapHead', decoder=_base_.codec, **_base_.heatmap_head),
    )
)
