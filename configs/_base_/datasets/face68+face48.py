# Faces of different people, some labelled with 68 points and some with 48, and a test on people
# that have both. The files come from pairs: see docs/union-training.md
def faces(schema, ann_file):
    return dict(
        type='CocoKeypointDataset',
        schema=schema,
        data_root='data/face68_face48/',
        ann_file=ann_file,
        data_prefix=dict(img='images/'),
    )


train_dataloader = dict(
    batch_size=32,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(type='FixedShareSampler', batch_size=32, shares=dict(face68=1, face48=1)),
    dataset=dict(
        type='MultiKeypointDataset',
        datasets=dict(
            face68=faces('face68', 'face68_train.json'),
            face48=faces('face48', 'face48_train.json'),
        ),
    ),
)
val_dataloader = dict(
    batch_size=32,
    num_workers=4,
    persistent_workers=True,
    drop_last=False,
    sampler=dict(type='DefaultSampler', shuffle=False, round_up=False),
    dataset=dict(
        type='MultiKeypointDataset',
        test_mode=True,
        datasets=dict(
            face68=faces('face68', 'face68_val.json'),
            face48=faces('face48', 'face48_val.json'),
        ),
    ),
)
test_dataloader = dict(
    {k: v for k, v in val_dataloader.items() if k != 'dataset'},
    dataset=dict(
        type='MultiKeypointDataset',
        test_mode=True,
        datasets=dict(
            face68=faces('face68', 'test_source.json'),
            face48=faces('face48', 'test_target.json'),
        ),
    ),
)
val_evaluator = dict(
    type='PerDatasetEvaluator',
    metrics={
        name: [dict(type='LandmarkNME', norm='eye_outer', scale=100.0)]
        for name in ('face68', 'face48')
    },
)
test_evaluator = val_evaluator
