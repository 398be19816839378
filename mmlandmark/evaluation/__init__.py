"""Evaluation. ``evaluation.functional`` needs numpy only; the rest registers itself in MMPose."""

from mmlandmark._stack import stack_available

if stack_available():
    from mmlandmark.evaluation import evaluators, metrics  # noqa: F401
