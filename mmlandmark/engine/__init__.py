"""Hooks and loops, registered in MMPose's registries."""

from mmlandmark._stack import require_stack

require_stack('mmlandmark.engine')

from mmlandmark.engine import hooks, loops  # noqa: E402, F401
