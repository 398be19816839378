# one fit; the optimiser is built because MMEngine wants one and makes no step
train_cfg = dict(type='ClosedFormTrainLoop')
val_cfg = dict()
test_cfg = dict()

optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.0))
param_scheduler = []
randomness = dict(seed=0)
