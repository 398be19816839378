# MMPose's MPII model tested on COCO: AP over the 12 joints that both data sets name; with
# --cfg-options model.head.conversion=mpii16-to-coco17 over 17, the face guessed
_base_ = 'mmpose::body_2d_keypoint/topdown_heatmap/mpii/td-hm_hrnet-w32_8xb64-210e_mpii-256x256.py'
custom_imports = dict(imports=['mmlandmark'], allow_failed_imports=False)

trained = dict(type='ConvertedHead', head={{_base_.model.head}}, conversion='names')
model = dict(head=dict(_delete_=True, source_schema='mpii16', target_schema='coco17', **trained))

coco = dict(
    type='CocoDataset',
    data_root='data/coco/',
    ann_file='annotations/person_keypoints_val2017.json',
    bbox_file='data/coco/person_detection_results/COCO_val2017_detections_AP_H_56_person.json',
    data_prefix=dict(img='val2017/'),
)
coco.update(_delete_=True, test_mode=True, pipeline={{_base_.val_pipeline}})
test_dataloader = dict(dataset=coco)
test_evaluator = dict(type='CoveredCocoMetric', ann_file=coco['data_root'] + coco['ann_file'])
