# MPII Human Pose; PCKh as its official evaluation defines it
mpii = dict(
    train=dict(
        type='MpiiDataset',
        data_root='data/mpii/',
        data_mode='topdown',
        ann_file='annotations/mpii_train.json',
        data_prefix=dict(img='images/'),
    ),
    val=dict(
        type='MpiiDataset',
        data_root='data/mpii/',
        data_mode='topdown',
        ann_file='annotations/mpii_val.json',
        headbox_file='data/mpii/annotations/mpii_gt_val.mat',
        data_prefix=dict(img='images/'),
        test_mode=True,
    ),
    metrics=[dict(type='MpiiPCKh')],
)
