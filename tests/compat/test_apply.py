"""The repairs as a whole."""

import subprocess
import sys

import mmlandmark  # noqa: F401
from mmlandmark import compat


def test_applying_twice_changes_nothing():
    import mmcv.ops
    from mmengine.runner.checkpoint import CheckpointLoader
    from mmpose.utils import tensor_utils

    before = (mmcv.ops.nms, tensor_utils.to_numpy, dict(CheckpointLoader._schemes))
    first = compat.apply()
    assert compat.apply() == first
    compat.apply.cache_clear()
    second = compat.apply()
    assert set(second) == set(first)
    # What is whole by now is left alone.
    assert not second['mmcv_ops'] and not second['package_utils'] and not second['bfloat16']
    assert before == (mmcv.ops.nms, tensor_utils.to_numpy, dict(CheckpointLoader._schemes))


def test_configs_of_this_package_may_be_inherited_from():
    from mmengine.config.utils import MODULE2PACKAGE

    assert MODULE2PACKAGE['mmlandmark'] == 'mmlandmark'


# As with setuptools 82 and later, and on a Python for which xtcocotools has no wheel: one import,
# which costs seconds, shows both.
WITHOUT = """
import importlib.abc, importlib.util, sys


class Hide(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] == 'xtcocotools':
            sys.modules.pop(name, None)
            raise ModuleNotFoundError(name)


find = importlib.util.find_spec
importlib.util.find_spec = lambda n, p=None: None if n == 'xtcocotools' else find(n, p)
sys.meta_path.insert(0, Hide())
sys.modules['pkg_resources'] = None
import mmengine.config  # binds the old functions before the repair
import mmlandmark
import mmpose.apis
from mmpose.evaluation.metrics import coco_metric
from mmengine.config.config import get_installed_path as bound
from mmlandmark.compat.xtcocotools import coco

assert bound('mmpose').endswith('mmpose')
assert coco_metric.COCO is coco.COCO
import xtcocotools.mask
"""


def test_the_stack_imports_without_pkg_resources_and_without_xtcocotools():
    subprocess.run([sys.executable, '-c', WITHOUT], check=True)
