"""The repairs as a whole."""

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
