# The same pairs the other way: MPII-16 ground truth to COCO-17 predictions
_base_ = './converter_pairs.py'

ann_root = '{{$MMLANDMARK_DATA:data}}/body_coco17_mpii16'
pairs = dict(
    type='PairedKeypointDataset',
    ann_file=f'{ann_root}/train.json',
    source_schema='mpii16',
    target_schema='coco17',
    source_field='keypoints_target',
    target_field='keypoints',
)
# the model is chosen on a twentieth of the training file; val.json is for the final figures alone
split = dict(by='image_id', ratios=dict(train=0.95, val=0.05), seed=0)

train_dataloader = dict(batch_size=1024, dataset=dict(pairs, split=dict(split, part='train')))
val_dataloader = dict(dataset=dict(pairs, split=dict(split, part='val')))
test_dataloader = dict(dataset=dict(pairs, ann_file=f'{ann_root}/val.json'))

val_evaluator = dict(
    type='ConverterEvaluator',
    metrics=[
        dict(type='LandmarkPCK', norm='head_size', thr=0.2),
        dict(type='LandmarkPCK', norm='head_size', thr=0.2, keypoints='head', label='face'),
        dict(type='LandmarkNME', norm='head_size', scale=100.0),
    ],
)
test_evaluator = val_evaluator

default_hooks = dict(
    checkpoint=dict(save_best='PCK/head_size@0.2', rule='greater'),
)
custom_hooks = [
    dict(type='ConverterHook'),
    dict(type='EarlyStoppingHook', monitor='PCK/head_size@0.2', rule='greater', patience=50),
]
