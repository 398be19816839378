# MMPose's COCO model tested on MPII: PCKh of its points after the hand-made map
_base_ = 'mmpose::body_2d_keypoint/topdown_heatmap/coco/td-hm_hrnet-w32_8xb64-210e_coco-256x192.py'
custom_imports = dict(imports=['mmlandmark'], allow_failed_imports=False)

trained = dict(type='ConvertedHead', head={{_base_.model.head}}, conversion='coco17-to-mpii16')
model = dict(head=dict(_delete_=True, source_schema='coco17', target_schema='mpii16', **trained))

mpii = dict(
    type='MpiiDataset',
    data_root='data/mpii/',
    ann_file='annotations/mpii_val.json',
    headbox_file='data/mpii/annotations/mpii_gt_val.mat',
    data_prefix=dict(img='images/'),
)
test_dataloader = dict(dataset=dict(bbox_file=None, **mpii))  # the pipeline is the model's
# MPII counts pixels from 1, the model from 0
pckh = dict(type='MpiiPCKh', per_region=True, prediction_offset=1.0)
test_evaluator = [dict(type='CoveredMetric', metric=pckh)]
