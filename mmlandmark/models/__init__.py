"""Models. ``models.converters`` needs torch only; the rest registers itself in MMPose."""

from mmlandmark._stack import stack_available

if stack_available():
    from mmlandmark.models import (  # noqa: F401
        backbones,
        data_preprocessors,
        estimators,
        heads,
        losses,
    )
