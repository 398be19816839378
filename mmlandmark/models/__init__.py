"""Models. ``models.converters`` needs torch only; the rest registers itself in MMPose."""

from mmlandmark._stack import mended_stack

if mended_stack():
    from mmlandmark.models import (  # noqa: F401
        backbones,
        data_preprocessors,
        estimators,
        heads,
        losses,
    )
