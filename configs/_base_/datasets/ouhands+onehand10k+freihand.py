# Hands of three data sets that name the same 21 points in two ways; each is tested on its own, and
# together. The two of MMPose lie as its guides say
def hands(kind, name, ann_file):
    return dict(
        type=kind,
        data_root=f'data/{name}/',
        ann_file=f'annotations/{name}_{ann_file}.json',
        data_prefix=dict(img=''),
    )


def all_three(ouhands, onehand10k, freihand):
    return dict(
        ouhands=dict(type='OuhandsDataset', data_root='data/OUHANDS/', split=ouhands),
        onehand10k=hands('OneHand10KDataset', 'onehand10k', onehand10k),
        freihand=hands('FreiHandDataset', 'freihand', freihand),
    )


train_dataloader = dict(
    batch_size=32,
    num_workers=4,
    persistent_workers=True,
    sampler=dict(
        type='FixedShareSampler', batch_size=32, shares=dict(ouhands=1, onehand10k=2, freihand=1)
    ),
    dataset=dict(
        type='MultiKeypointDataset',
        datasets=all_three(ouhands='train', onehand10k='train', freihand='train'),
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
        datasets=all_three(ouhands='validation', onehand10k='test', freihand='val'),
    ),
)
test_dataloader = dict(
    {k: v for k, v in val_dataloader.items() if k != 'dataset'},
    dataset=dict(
        type='MultiKeypointDataset',
        test_mode=True,
        datasets=all_three(ouhands='test', onehand10k='test', freihand='test'),
    ),
)
metrics = [dict(type='LandmarkPCK', thr=0.2, norm='bbox'), dict(type='LandmarkMPJPE', norm='bbox')]
val_evaluator = dict(
    type='PerDatasetEvaluator',
    metrics=dict(ouhands=metrics, onehand10k=metrics, freihand=metrics),
)
test_evaluator = val_evaluator
