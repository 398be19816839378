# The same with pictures of 384x384 and heatmaps of 96x96
_base_ = ['./td-hm_hrnet-w32_udp-8xb16-210e_dogflw-256x256.py']

codec = dict(
    _base_.codec, input_size=(384, 384), heatmap_size=(96, 96), sigma=3, blur_kernel_size=17
)
sized = dict(TopdownAffine=dict(input_size=codec['input_size']), GenerateTarget=dict(encoder=codec))
train_pipeline = [dict(step, **sized.get(step['type'], {})) for step in _base_.train_pipeline]
val_pipeline = [dict(step, **sized.get(step['type'], {})) for step in _base_.val_pipeline]

model = dict(head=dict(decoder=codec))
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=val_pipeline))
