# The same with a trained converter: MMLANDMARK_CONVERTER=converter.pth python tools/test.py ...,
# or --cfg-options model.head.conversion=converter.pth
_base_ = './td-hm_hrnet-w32_coco-256x192_on-mpii.py'
model = dict(head=dict(conversion='{{$MMLANDMARK_CONVERTER:coco17-to-mpii16.pth}}'))
# a converter with image_offset has learned from labels that count from 1
pckh = dict(type='MpiiPCKh', per_region=True)
test_evaluator = [dict(type='CoveredMetric', metric=pckh)]
