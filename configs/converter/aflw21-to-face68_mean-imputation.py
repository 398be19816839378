# missing points from the mean shape, the usual way, to compare with
_base_ = './aflw21-to-face68_affine.py'
model = dict(head=dict(missing='mean'))
