# AFLW-21 points, a fifth of them not labelled, to 68 points; large head turns
_base_ = './converter_pairs.py'

ann_root = '{{$MMLANDMARK_DATA:data}}/face21_face68'
pairs = dict(
    type='PairedKeypointDataset',
    ann_file=f'{ann_root}/train.json',
    source_schema='aflw21',
    target_schema='face68',
)
# there is one file only: a fifth of it is for the final figures alone
split = dict(by='image_id', ratios=dict(train=0.7, val=0.1, test=0.2), seed=0)

train_dataloader = dict(batch_size=128, dataset=dict(pairs, split=dict(split, part='train')))
val_dataloader = dict(dataset=dict(pairs, split=dict(split, part='val')))
test_dataloader = dict(dataset=dict(pairs, split=dict(split, part='test')))

val_evaluator = dict(
    type='ConverterEvaluator',
    metrics=[
        dict(type='LandmarkNME', norm='bbox_sqrt_area', scale=100.0),
        dict(type='LandmarkPCK', norm='bbox_sqrt_area', thr=0.05),
    ],
)
test_evaluator = val_evaluator

default_hooks = dict(
    checkpoint=dict(save_best='NME/bbox_sqrt_area', rule='less'),
)
custom_hooks = [
    dict(type='ConverterHook'),
    dict(type='EarlyStoppingHook', monitor='NME/bbox_sqrt_area', rule='less', patience=50),
]
