# the residual converter with an expected error for every point
_base_ = './coco17-to-mpii16_residual.py'
model = dict(head=dict(loss=dict(_delete_=True, type='StudentTPointLoss', degrees=6.0)))
