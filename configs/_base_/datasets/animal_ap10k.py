# AP-10K, the first of its splits
ap10k = dict(
    train=dict(
        type='AP10KDataset',
        data_root='data/ap10k/',
        data_mode='topdown',
        ann_file='annotations/ap10k-train-split1.json',
        data_prefix=dict(img='data/'),
    ),
    val=dict(
        type='AP10KDataset',
        data_root='data/ap10k/',
        data_mode='topdown',
        ann_file='annotations/ap10k-val-split1.json',
        data_prefix=dict(img='data/'),
        test_mode=True,
    ),
    metrics=[dict(type='CocoMetric', ann_file='data/ap10k/annotations/ap10k-val-split1.json')],
)
