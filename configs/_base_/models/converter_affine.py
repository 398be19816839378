model = dict(type='LandmarkConverter', head=dict(network=dict(type='affine')))
