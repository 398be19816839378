# the network of S3K, maps as large as the input
_base_ = ['./channel_unet.py']

model = dict(backbone=dict(_delete_=True, type='S3K', width=32))
