# finds dog faces: MMDetection's RTMDet-tiny with one class, trained on the boxes of DogFLW's faces
# in the files that tools/dataset_converters/dogflw2coco.py writes to data/DogFLW/annotations
# To start from COCO's weights instead of ImageNet's: --cfg-options load_from=RTMDET_TINY_COCO.pth
_base_ = ['mmdet::rtmdet/rtmdet_tiny_8xb32-300e_coco.py']

custom_imports = dict(imports=['mmlandmark'], allow_failed_imports=False)
model = dict(bbox_head=dict(num_classes=1))

max_epochs, stage2_num_epochs, interval = 100, 10, 5
data_root = 'data/DogFLW/'


def faces(split):
    return dict(
        metainfo=dict(classes=('dog_face',)),
        data_root=data_root,
        ann_file=f'annotations/{split}.json',
        data_prefix=dict(_delete_=True, img=''),
    )


train_dataloader = dict(dataset=faces('train'))
val_dataloader = dict(dataset=faces('val'))
test_dataloader = dict(dataset=faces('test'))
val_evaluator = dict(ann_file=f'{data_root}annotations/val.json')
test_evaluator = dict(ann_file=f'{data_root}annotations/test.json')

train_cfg = dict(
    max_epochs=max_epochs,
    val_interval=interval,
    dynamic_intervals=[(max_epochs - stage2_num_epochs, 1)],
)
param_scheduler = [
    dict(type='LinearLR', start_factor=1e-5, by_epoch=False, begin=0, end=500),
    dict(
        type='CosineAnnealingLR',
        eta_min=2e-4,
        begin=max_epochs // 2,
        end=max_epochs,
        T_max=max_epochs // 2,
        by_epoch=True,
        convert_to_iter_based=True,
    ),
]
default_hooks = dict(
    checkpoint=dict(interval=interval, save_best='coco/bbox_mAP', rule='greater'),
)
custom_hooks = [
    _base_.custom_hooks[0],  # averaged weights
    dict(_base_.custom_hooks[1], switch_epoch=max_epochs - stage2_num_epochs),
]
auto_scale_lr = dict(enable=False, base_batch_size=256)
