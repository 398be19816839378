"""Evaluation. ``evaluation.functional`` needs numpy only; the rest registers itself in MMPose."""

from mmlandmark._stack import mended_stack

if mended_stack():
    from mmlandmark.evaluation import evaluators, metrics  # noqa: F401
