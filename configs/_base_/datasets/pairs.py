# Any file of pairs: the file, its schemas (names or files) and what to split by are environment
# variables; metrics in shares of the box, which every kind of instance has
_base_ = './converter_pairs.py'

pairs = dict(
    type='PairedKeypointDataset',
    ann_file='{{$MMLANDMARK_PAIRS:data/pairs.json}}',
    source_schema='{{$MMLANDMARK_SOURCE:face68}}',
    target_schema='{{$MMLANDMARK_TARGET:face48}}',
)
split = dict(
    by='{{$MMLANDMARK_GROUP:image_id}}',
    ratios=dict(train=0.7, val=0.1, test=0.2),
    seed=0,
)

train_dataloader = dict(batch_size=64, dataset=dict(pairs, split=dict(split, part='train')))
val_dataloader = dict(dataset=dict(pairs, split=dict(split, part='val')))
test_dataloader = dict(dataset=dict(pairs, split=dict(split, part='test')))

val_evaluator = dict(
    type='ConverterEvaluator',
    metrics=[
        dict(type='LandmarkNME', norm='bbox', scale=100.0),
        dict(type='LandmarkPCK', norm='bbox', thr=[0.02, 0.05]),
    ],
)
test_evaluator = val_evaluator

default_hooks = dict(
    checkpoint=dict(save_best='NME/bbox', rule='less'),
)
custom_hooks = [
    dict(type='ConverterHook'),
    dict(type='EarlyStoppingHook', monitor='NME/bbox', rule='less', patience=50),
]
