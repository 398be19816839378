"""Evaluation. ``evaluation.functional`` needs numpy only; the rest registers itself in MMPose."""

from mmlandmark._stack import is_command, mended_stack

# commands register when what they run needs it, and some only want the functions
if not is_command() and mended_stack():
    from mmlandmark.evaluation import evaluators, metrics  # noqa: F401
