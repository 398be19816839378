"""Move between keypoint definitions inside MMPose.

With the OpenMMLab stack installed, importing this package mends the stack's known defects and
registers every model, data set, metric and hook, so a config needs only
``custom_imports = dict(imports=['mmlandmark'], allow_failed_imports=False)``. Without it, the
parts that need no more than numpy and torch still import and work. The command ``mmlandmark``
(:mod:`mmlandmark.cli`) registers when what it runs needs it, so that it answers at once; so does
:mod:`mmlandmark.exported`, when anything else is imported after it.
"""

from mmlandmark._deferred import imports_exported_alone, register_later
from mmlandmark._stack import is_command, stack_available
from mmlandmark.version import __version__


def register() -> None:
    """Mend the stack and register everything in MMPose; a second call changes nothing.

    ``import mmlandmark`` has done it.

    Raises:
        ImportError: The stack is missing; one line says what would install it.
    """
    from mmlandmark._stack import require_stack

    require_stack('mmlandmark')

    from mmlandmark import (  # noqa: F401
        codecs,
        datasets,
        engine,
        evaluation,
        models,
        visualization,
    )
    from mmlandmark.evaluation import evaluators, metrics  # noqa: F401


if stack_available() and not is_command():
    if imports_exported_alone():
        register_later(register)
    else:
        register()

__all__ = ['__version__', 'register']
