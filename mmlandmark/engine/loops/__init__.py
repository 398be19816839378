"""Loops, registered in MMPose's ``LOOPS``."""

from mmlandmark.engine.loops.closed_form_train_loop import ClosedFormTrainLoop

__all__ = ['ClosedFormTrainLoop']
