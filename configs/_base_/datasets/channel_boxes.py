# boxes with flaps, drawn by tools/draw_boxes.py; other data in the published JSON of channel
# keypoints takes their place by data_root, channels and input_size
data_root = 'data/boxes/'
channels = dict(corner=['corner'], flap=['flap'])
input_size = (128, 128)  # width, height


def boxes(file, pipeline, **options):
    return dict(
        type='ChannelKeypointDataset',
        ann_file=file,
        data_root=data_root,
        channels=channels,
        dataset_name='boxes',
        pipeline=pipeline,
        **options,
    )


whole = [
    dict(type='LoadChannelImage'),
    dict(type='ResizeChannels', size=input_size, keep_ratio=True, pad=True),
]
train_pipeline = [
    *whole,
    dict(type='RandomChannelAffine', rotate=30, scale=(0.8, 1.25), shift=0.1, flip=0.5, prob=0.75),
    dict(type='JitterColor', brightness=0.2, contrast=0.2, saturation=0.2),
    dict(type='PackChannelInputs'),
]
val_pipeline = [*whole, dict(type='PackChannelInputs')]

train_dataloader = dict(
    batch_size=16,
    num_workers=2,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=boxes('train.json', train_pipeline),
)
val_dataloader = dict(
    batch_size=32,
    num_workers=2,
    persistent_workers=True,
    drop_last=False,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=boxes('val.json', val_pipeline, test_mode=True),
)
test_dataloader = dict(
    {k: v for k, v in val_dataloader.items() if k != 'dataset'},
    dataset=boxes('test.json', val_pipeline, test_mode=True),
)
val_evaluator = dict(type='KeypointAveragePrecision', thresholds=(2, 4))
test_evaluator = val_evaluator
