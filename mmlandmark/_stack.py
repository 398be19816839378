"""Is the OpenMMLab stack here, and if not, what would install it."""

from __future__ import annotations

import functools
import importlib.util
import sys
from pathlib import Path

# module -> the release that the locks hold; mmcv-lite is a wheel, a full mmcv is as good.
_OPENMMLAB = {
    'mmengine': 'mmengine==0.10.7',
    'mmcv': 'mmcv-lite==2.1.0',
    'mmdet': 'mmdet==3.3.0',
    'mmpose': 'mmpose==1.3.2',
}
# One module from each end of what those four import.
_FOUNDATION = ('torch', 'torchvision', 'cv2', 'pycocotools')


def _is_missing(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is None
    except (ImportError, ValueError):
        return True


@functools.cache
def missing_packages() -> tuple[str, ...]:
    """Return the modules of the stack that cannot be found, in order of installation."""
    return tuple(name for name in (*_FOUNDATION, *_OPENMMLAB) if _is_missing(name))


def stack_available() -> bool:
    """Return whether MMPose and everything that it needs can be imported (looked up once)."""
    return not missing_packages()


def install_command(missing: tuple[str, ...]) -> str:
    """Return the shell command that installs the given modules.

    The OpenMMLab packages are installed without their own requirements, because those name a
    package that current pip cannot build.
    """
    steps = []
    if any(name in _FOUNDATION for name in missing):
        steps.append("pip install 'mmlandmark[stack]'")
    pins = [pin for name, pin in _OPENMMLAB.items() if name in missing]
    if pins:
        steps.append('pip install --no-deps ' + ' '.join(pins))
    return ' && '.join(steps)


def is_command() -> bool:
    """Return whether this process is ``python -m mmlandmark`` or the script ``mmlandmark``.

    They import the stack, which takes seconds, only when what they are asked for needs it.
    """
    if sys.argv[:1] == ['-m']:  # Python is looking for the module that it will run
        after = sys.orig_argv[sys.orig_argv.index('-m') + 1 :] if '-m' in sys.orig_argv else []
        return after[:1] == ['mmlandmark']
    return bool(sys.argv) and Path(sys.argv[0]).name in ('mmlandmark', 'mmlandmark.exe')


def mended_stack() -> bool:
    """Return whether the stack is here, after mending its known defects (once)."""
    if not stack_available():
        return False
    from mmlandmark import compat

    compat.apply()
    return True


def require_stack(feature: str, *, mend: bool = True) -> None:
    """Mend the known defects of the stack (once), or raise where it is missing.

    Args:
        feature: What the caller wants to use, for the message.
        mend: Without it, only look whether it is there, which imports nothing.

    Raises:
        ImportError: One line naming what is missing and the command that installs it.
    """
    missing = missing_packages()
    if missing:
        raise ImportError(
            f'{feature} needs {", ".join(missing)}; install with: {install_command(missing)}'
        )
    if mend:
        mended_stack()
