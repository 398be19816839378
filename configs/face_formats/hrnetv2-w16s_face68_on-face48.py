# The model of 68 points tested on the faces labelled with 48: by the published correspondence, or
# by a trained converter (MMLANDMARK_CONVERTER=converter.pth)
_base_ = ['./hrnetv2-w16s_face48.py']

trained = dict(type='HeatmapHead', out_channels=68, decoder=_base_.codec, **_base_.heatmap_head)
model = dict(
    head=dict(
        _delete_=True,
        type='ConvertedHead',
        head=trained,
        conversion='{{$MMLANDMARK_CONVERTER:face68-to-face48-mirrored}}',
    )
)
