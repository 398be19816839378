# the four pictures of the published sample, learnt by heart: every excess goes to zero
_base_ = [
    '../_base_/channel_runtime.py',
    '../_base_/schedules/channel_30e.py',
    '../_base_/datasets/channel_boxes.py',
    '../_base_/models/channel_unet.py',
]

learnt = dict(
    corner=['corner_keypoints'],
    flap_corner=['flap_corner_keypoints'],
    flap_center=['flap_center_keypoints'],
)
pipeline = [dict(type='LoadChannelImage'), dict(type='PackChannelInputs')]
sample = dict(
    type='ChannelKeypointDataset',
    ann_file='blender_dataset.json',
    data_root='data/channel_keypoints_sample/',
    channels=learnt,
    dataset_name='sample',
    pipeline=pipeline,
)
train_dataloader = dict(
    batch_size=4,
    num_workers=0,
    persistent_workers=False,
    dataset=dict(_delete_=True, type='RepeatDataset', times=100, dataset=sample),
)
val_dataloader = dict(
    batch_size=4,
    num_workers=0,
    persistent_workers=False,
    dataset=dict(_delete_=True, test_mode=True, **sample),
)
test_dataloader = val_dataloader
train_cfg = dict(val_interval=5)
optim_wrapper = dict(optimizer=dict(weight_decay=0.0))
model = dict(backbone=dict(widths=(16, 32, 64)), head=dict(in_channels=16, channels=list(learnt)))
