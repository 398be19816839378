"""Models. ``models.converters`` needs torch only; the rest registers itself in MMPose."""

from mmlandmark._stack import stack_available

if stack_available():
    from mmlandmark.models import data_preprocessors, estimators, heads, losses  # noqa: F401
