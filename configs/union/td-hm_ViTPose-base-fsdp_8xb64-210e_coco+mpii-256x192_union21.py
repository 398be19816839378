# ViTPose-B with a channel for each point of union21, its weights spread over the processes (FSDP)
_base_ = ['./td-hm_ViTPose-base_8xb64-210e_coco+mpii-256x192_union21.py']

runner_type = 'FlexibleRunner'
strategy = dict(type='ShardedStrategy')
