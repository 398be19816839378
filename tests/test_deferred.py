"""Exported models are opened without the stack; what comes after them registers everything."""

import subprocess
import sys

import pytest

from mmlandmark import _deferred

ALONE = """
import sys
import mmlandmark.exported
from mmlandmark.exported import load_exported
import mmlandmark, mmlandmark.schemas, mmlandmark.errors
assert not {'torch', 'mmengine', 'mmcv', 'mmpose'} & set(sys.modules)
assert [type(finder).__name__ for finder in sys.meta_path][0] == '_Deferred'
"""


def test_exported_alone_imports_nothing_of_the_stack(tmp_path):
    pytest.importorskip('mmpose')
    subprocess.run([sys.executable, '-c', ALONE], check=True, cwd=tmp_path)


@pytest.fixture
def stack(tmp_path, monkeypatch):
    """A package that stands for the stack, and what the registration has done."""
    (tmp_path / 'standin').mkdir()
    (tmp_path / 'standin' / '__init__.py').write_text('import log\nlog.lines.append(__name__)\n')
    (tmp_path / 'standin' / 'part.py').write_text('import log\nlog.lines.append(__name__)\n')
    (tmp_path / 'log.py').write_text('lines = []\n')
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(_deferred, '_STACK', ('standin',))
    monkeypatch.setattr(sys, 'meta_path', list(sys.meta_path))
    yield
    for name in ('standin', 'standin.part', 'log'):
        sys.modules.pop(name, None)


@pytest.mark.parametrize('imports', [True, False])
def test_the_first_of_the_stack_registers_and_runs_once(stack, imports):
    import log

    def register():
        log.lines.append('register')
        if imports:
            import standin  # noqa: F401

    _deferred.register_later(register)
    import standin as again
    import standin.part

    assert log.lines == ['register', 'standin', 'standin.part']
    assert again is standin is sys.modules['standin']
    assert standin.__spec__.loader is standin.__loader__  # Python's own, as for any package
    assert standin.__spec__.submodule_search_locations == list(standin.__path__)


def test_a_failed_registration_is_told_and_not_tried_again(stack):
    def register():
        raise ImportError('no such stack')

    _deferred.register_later(register)
    with pytest.raises(ImportError, match='no such stack'):
        import standin  # noqa: F401
    import standin

    assert standin.__name__ == 'standin'
