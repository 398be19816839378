# the same with nothing merged
_base_ = ['./td-hm_hrnet-w32_8xb64-210e_coco+mpii-256x192_union21.py']

model = dict(head=dict(union='union33'))
