# dilated convolutions at the size of the input
_base_ = ['./channel_unet.py']

model = dict(backbone=dict(_delete_=True, type='DilatedCNN', width=32))
