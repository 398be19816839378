"""Models as graphs of tensors in and tensors out, for export; import its modules one by one.

``converter`` needs torch only, the others MMPose.
"""
