"""Hooks, loops and strategies, registered in the registries of MMPose and MMEngine."""

from mmlandmark._stack import require_stack

require_stack('mmlandmark.engine')

from mmlandmark.engine import hooks, loops, strategies  # noqa: E402, F401
