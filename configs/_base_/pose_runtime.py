# the runtime of models that look at images
_base_ = ['./default_runtime.py']

# What MMPoseInferencer asks a config; for this type it takes the whole picture unless it is told
# a detector, where a type of its own would have it download one.
data_mode = 'topdown'
dataset_type = 'CocoKeypointDataset'

default_hooks = dict(
    checkpoint=dict(interval=10, max_keep_ckpts=2),
    visualization=dict(type='PoseVisualizationHook', enable=False),
    badcase=dict(
        type='BadCaseAnalysisHook',
        enable=False,
        out_dir='badcase',
        metric_type='loss',
        badcase_thr=5,
    ),
)
# draws each sample in the keypoints of its own data set
visualizer = dict(type='LandmarkVisualizer')
custom_hooks = [dict(type='SyncBuffersHook'), dict(type='SchemaCheckHook')]
# A resumed training takes up the batches of the stopped one only where the seed is known.
randomness = dict(seed=0)
