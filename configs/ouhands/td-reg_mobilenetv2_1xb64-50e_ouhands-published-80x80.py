# At reduced size, for two cores: no weights, no mixed precision, validation every 5 epochs
_base_ = ['./td-reg_mobilenetv2_1xb64-50e_ouhands-published-224x224.py']

size = (80, 80)
codec = dict(_base_.codec, input_size=size)
of_this_size = dict(ResizePicture=dict(input_size=size), GenerateTarget=dict(encoder=codec))
model = dict(backbone=dict(pretrained=False), head=dict(decoder=codec))
train_pipeline = [{**step, **of_this_size.get(step['type'], {})} for step in _base_.train_pipeline]
val_pipeline = [{**step, **of_this_size.get(step['type'], {})} for step in _base_.val_pipeline]
train_dataloader = dict(num_workers=1, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(num_workers=1, dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(num_workers=1, dataset=dict(pipeline=val_pipeline))
optim_wrapper = dict(type='OptimWrapper')
train_cfg = dict(val_interval=5)
default_hooks = dict(checkpoint=dict(interval=5))
