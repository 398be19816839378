# OUHANDS: hands of ten gestures with the 21 points of landmark files, in the layout that
# docs/hands.md shows; train, validation and test are the official ones
def hands(split):
    return dict(type='OuhandsDataset', data_root='data/OUHANDS/', split=split)


# for PackPoseInputs: what MMPose packs, and the class and the side of the hand
meta_keys = (
    'id',
    'img_id',
    'img_path',
    'category_id',
    'ori_shape',
    'img_shape',
    'input_size',
    'input_center',
    'input_scale',
    'flip',
    'flip_direction',
    'flip_indices',
    'raw_ann_info',
    'dataset_name',
    'gesture',
    'handedness',
)
train_dataloader = dict(
    batch_size=64,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=hands('train'),
)
val_dataloader = dict(
    batch_size=64,
    num_workers=4,
    persistent_workers=True,
    drop_last=False,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(test_mode=True, **hands('validation')),
)
test_dataloader = dict(
    {k: v for k, v in val_dataloader.items() if k != 'dataset'},
    dataset=dict(test_mode=True, **hands('test')),
)
val_evaluator = dict(
    type='PerDatasetEvaluator',
    metrics=dict(
        ouhands=[
            dict(type='LandmarkMPJPE', norm='pixel', group_by='gesture'),
            dict(type='LandmarkPCK', thr=0.2, norm='bbox', per_region=True),
            dict(type='LandmarkAUC', norm='bbox'),
        ]
    ),
)
test_evaluator = val_evaluator
