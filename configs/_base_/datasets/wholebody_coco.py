# COCO-WholeBody: body, feet, face and hands
wholebody = dict(
    train=dict(
        type='CocoWholeBodyDataset',
        data_root='data/coco/',
        data_mode='topdown',
        ann_file='annotations/coco_wholebody_train_v1.0.json',
        data_prefix=dict(img='train2017/'),
    ),
    val=dict(
        type='CocoWholeBodyDataset',
        data_root='data/coco/',
        data_mode='topdown',
        ann_file='annotations/coco_wholebody_val_v1.0.json',
        bbox_file='data/coco/person_detection_results/COCO_val2017_detections_AP_H_56_person.json',
        data_prefix=dict(img='val2017/'),
        test_mode=True,
    ),
    metrics=[
        dict(
            type='CocoWholeBodyMetric',
            ann_file='data/coco/annotations/coco_wholebody_val_v1.0.json',
        )
    ],
)
