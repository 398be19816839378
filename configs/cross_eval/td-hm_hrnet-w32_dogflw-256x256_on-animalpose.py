# A model of dog faces tested on the faces of Animal-Pose: eyes, ear bases and nose. The boxes stand
# around these labelled points, since those of the data set hold whole bodies
_base_ = '../dogflw/td-hm_hrnet-w32_udp-8xb16-210e_dogflw-256x256.py'

trained = dict(_base_.model.head, target_schema='dogflw46')
model = dict(
    head=dict(
        _delete_=True, type='ConvertedHead', head=trained, conversion='dogflw46-to-animalpose20'
    )
)
animalpose = dict(
    type='CocoKeypointDataset',
    schema='animalpose20',
    data_root='data/animalpose/',
    ann_file='annotations/animalpose_val.json',
    data_prefix=dict(img=''),
    # half of DogFLW's faces reach 0.4 sides or less past these points, but for the chin
    bbox_keypoints='face',
    bbox_margin=0.4,
)
test_dataloader = dict(
    dataset=dict(animalpose, _delete_=True, test_mode=True, pipeline=_base_.val_pipeline)
)
nme = dict(type='LandmarkNME', norm='eyes', scale=100.0, per_keypoint=True)
pck = dict(type='LandmarkPCK', norm='bbox', thr=0.1)
test_evaluator = [dict(type='CoveredMetric', metric=[nme, pck])]
