"""The repairs are tested where there is a stack to repair."""

import mmlandmark  # noqa: F401  mends the stack before a test file imports mmcv.ops
from mmlandmark._stack import stack_available

if not stack_available():
    collect_ignore_glob = ['*']
