# COCO-17 predictions to MPII-16 ground truth; head_size is the length of PCKh
_base_ = './converter_pairs.py'

ann_root = '{{$MMLANDMARK_DATA:data}}/body_coco17_mpii16'
pairs = dict(
    type='PairedKeypointDataset',
    ann_file=f'{ann_root}/train.json',
    source_schema='coco17',
    target_schema='mpii16',
)
# the model is chosen on a twentieth of the training file; val.json is for the final figures alone
split = dict(by='image_id', ratios=dict(train=0.95, val=0.05), seed=0)

train_dataloader = dict(batch_size=1024, dataset=dict(pairs, split=dict(split, part='train')))
val_dataloader = dict(dataset=dict(pairs, split=dict(split, part='val')))
test_dataloader = dict(dataset=dict(pairs, ann_file=f'{ann_root}/val.json'))

val_evaluator = dict(
    type='ConverterEvaluator',
    metrics=[
        dict(type='MpiiPCKh'),
        dict(type='LandmarkNME', norm='head_size', scale=100.0),
    ],
)
test_evaluator = val_evaluator

# the mean error is the least noisy of the figures on so few people
default_hooks = dict(
    checkpoint=dict(save_best='NME/head_size', rule='less'),
)
custom_hooks = [
    dict(type='ConverterHook'),
    dict(type='EarlyStoppingHook', monitor='NME/head_size', rule='less', patience=50),
]
