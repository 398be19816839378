# The same with a trained converter: MMLANDMARK_CONVERTER=converter.pth python tools/test.py ...,
# or --cfg-options model.head.conversion=converter.pth
_base_ = './td-hm_hrnet-w32_mpii-256x256_on-coco.py'
model = dict(head=dict(conversion='{{$MMLANDMARK_CONVERTER:mpii16-to-coco17.pth}}'))
