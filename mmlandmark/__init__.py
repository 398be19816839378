"""Move between keypoint definitions inside MMPose.

With the OpenMMLab stack installed, importing this package mends the stack's known defects and
registers every model, data set, metric and hook, so a config needs only
``custom_imports = dict(imports=['mmlandmark'], allow_failed_imports=False)``. Without it, the
parts that need no more than numpy and torch still import and work.
"""

from mmlandmark._stack import stack_available
from mmlandmark.version import __version__

if stack_available():
    from mmlandmark import compat

    compat.apply()

    from mmlandmark import (  # noqa: F401
        codecs,
        datasets,
        engine,
        evaluation,
        models,
        visualization,
    )

__all__ = ['__version__']
