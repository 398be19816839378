# CatFLW: cat faces with 48 points, in the files that tools/dataset_converters/dogflw2coco.py writes
# to data/CatFLW/annotations; the release has no split, so train, val and test differ in subjects;
# all else is as with the dogs
_base_ = 'dogflw.py'

cats = dict(dataset=dict(type='CatFLWDataset', data_root='data/CatFLW/'))
train_dataloader = cats
val_dataloader = cats
test_dataloader = cats
val_evaluator = dict(metrics=dict(_delete_=True, catflw={{_base_.val_evaluator.metrics.dogflw}}))
test_evaluator = val_evaluator
