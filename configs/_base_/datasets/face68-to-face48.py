# 68 face points to the 48-point scheme of primate faces; people are split, not pictures
_base_ = './converter_pairs.py'

ann_root = '{{$MMLANDMARK_DATA:data}}/face68_face48'
pairs = dict(
    type='PairedKeypointDataset',
    ann_file=f'{ann_root}/train.json',
    source_schema='face68',
    target_schema='face48',
)
# the model is chosen on a tenth of the training file; val.json is for the final figures alone
split = dict(by='identity', ratios=dict(train=0.9, val=0.1), seed=0)

train_dataloader = dict(batch_size=128, dataset=dict(pairs, split=dict(split, part='train')))
val_dataloader = dict(dataset=dict(pairs, split=dict(split, part='val')))
test_dataloader = dict(dataset=dict(pairs, ann_file=f'{ann_root}/val.json'))

val_evaluator = dict(
    type='ConverterEvaluator',
    metrics=[
        dict(type='LandmarkNME', norm='eye_outer', scale=100.0),
        dict(type='LandmarkPCK', norm='eye_outer', thr=0.05),
    ],
)
test_evaluator = val_evaluator

default_hooks = dict(
    checkpoint=dict(save_best='NME/eye_outer', rule='less'),
)
custom_hooks = [
    dict(type='ConverterHook'),
    dict(type='EarlyStoppingHook', monitor='NME/eye_outer', rule='less', patience=50),
]
