# A model of COCO tested on MPII: PCKh of its points after the hand-made map
_base_ = 'mmpose::body_2d_keypoint/topdown_heatmap/coco/td-hm_hrnet-w32_8xb64-210e_coco-256x192.py'
custom_imports = dict(imports=['mmlandmark'], allow_failed_imports=False)
trained = {{_base_.model.head}}
head = dict(_delete_=True, type='ConvertedHead', head=trained, conversion='coco17-to-mpii16')
model = dict(head=dict(head, source_schema='coco17', target_schema='mpii16'))
mpii = dict(type='MpiiDataset', data_root='data/mpii/', data_prefix=dict(img='images/'))
boxes = dict(headbox_file='data/mpii/annotations/mpii_gt_val.mat', test_mode=True)
files = dict(ann_file='annotations/mpii_val.json', pipeline={{_base_.val_pipeline}}, **boxes)
test_dataloader = dict(dataset=dict(_delete_=True, **mpii, **files))
# MPII counts pixels from 1 and the model from 0, hence the offset
pckh = dict(type='MpiiPCKh', per_region=True, prediction_offset=1.0)
test_evaluator = [dict(type='CoveredMetric', metric=pckh)]
