"""The stand-in itself: where it is, and that it refuses what it cannot compute."""

import pkgutil
import sys

import pytest
import torch
from processes import run_tool

from mmlandmark.compat import mmcv_ops


def test_the_module_is_gone_after_the_import():
    assert 'mmcv._ext' not in sys.modules
    assert 'mmcv.ops' in sys.modules


@pytest.mark.skipif(sys.version_info >= (3, 12), reason='pkgutil.find_loader warns from 3.12 on')
def test_mmengine_is_told_the_truth_about_the_compiled_module():
    from mmengine.utils.dl_utils.misc import mmcv_full_available

    assert mmcv_full_available() == (pkgutil.find_loader('mmcv._ext') is not None)


def test_an_op_that_is_missing_names_itself_when_called():
    stand_in = mmcv_ops.StandIn()
    op = stand_in.three_nn_forward
    with pytest.raises(NotImplementedError, match="mmcv op 'three_nn_forward' needs a compiled"):
        op(torch.zeros(1), scale=2)


def test_dunder_names_are_no_ops():
    with pytest.raises(AttributeError):
        _ = mmcv_ops.StandIn().__path__


def test_a_full_mmcv_is_left_alone(tmp_path):
    """With a compiled module to be found, nothing is put in its place."""
    package = tmp_path / 'mmcv'
    (package / 'ops').mkdir(parents=True)
    (package / '__init__.py').write_text('')
    (package / '_ext.py').write_text("nms = 'compiled'\n")
    (package / 'ops' / '__init__.py').write_text('from mmcv._ext import nms\n')
    code = (
        'import sys\n'
        'from mmlandmark.compat import mmcv_ops\n'
        "for name in [n for n in sys.modules if n.split('.')[0] == 'mmcv']: del sys.modules[name]\n"
        f'sys.path.insert(0, {str(tmp_path)!r})\n'
        'assert mmcv_ops.fix_mmcv_ops() is False\n'
        'import mmcv.ops\n'
        "assert mmcv.ops.nms == 'compiled' and mmcv.ops.__file__.startswith(sys.path[0])\n"
    )
    (tmp_path / 'script.py').write_text(code)
    run = run_tool(tmp_path / 'script.py')
    assert run.returncode == 0, run.stderr
