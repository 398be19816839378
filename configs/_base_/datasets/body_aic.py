# AI Challenger human keypoints
aic = dict(
    train=dict(
        type='AicDataset',
        data_root='data/aic/',
        data_mode='topdown',
        ann_file='annotations/aic_train.json',
        data_prefix=dict(
            img='ai_challenger_keypoint_train_20170902/keypoint_train_images_20170902/'
        ),
    ),
    val=dict(
        type='AicDataset',
        data_root='data/aic/',
        data_mode='topdown',
        ann_file='annotations/aic_val.json',
        data_prefix=dict(
            img='ai_challenger_keypoint_validation_20170911/keypoint_validation_images_20170911/'
        ),
        test_mode=True,
    ),
    metrics=[dict(type='CocoMetric', ann_file='data/aic/annotations/aic_val.json', use_area=False)],
)
