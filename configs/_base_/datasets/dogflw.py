# DogFLW: dog faces with 46 points, in the files that tools/dataset_converters/dogflw2coco.py
# writes to data/DogFLW/annotations; val is cut from train by breed, test is the official one
def faces(split):
    return dict(
        type='DogFLWDataset',
        data_root='data/DogFLW/',
        ann_file=f'annotations/{split}.json',
        data_prefix=dict(img=''),
    )


train_dataloader = dict(
    batch_size=16,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=faces('train'),
)
val_dataloader = dict(
    batch_size=32,
    num_workers=4,
    persistent_workers=True,
    drop_last=False,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(test_mode=True, **faces('val')),
)
test_dataloader = dict(
    {k: v for k, v in val_dataloader.items() if k != 'dataset'},
    dataset=dict(test_mode=True, **faces('test')),
)
# as published: NME over the outer eye corners, x100
norm = 'eye_outer'
val_evaluator = dict(
    type='PerDatasetEvaluator',
    metrics=dict(
        dogflw=[
            dict(type='LandmarkNME', norm=norm, scale=100.0, per_region=True),
            dict(type='LandmarkFailureRate', norm=norm, thr=(0.08, 0.1)),
            dict(type='LandmarkCEDAUC', norm=norm, thr=(0.08, 0.1)),
        ]
    ),
)
test_evaluator = val_evaluator
