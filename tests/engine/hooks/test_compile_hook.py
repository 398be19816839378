"""Options of ``torch.compile`` that it does not know are one line, before anything is trained."""

import pytest

pytest.importorskip('mmengine')
import mmlandmark  # noqa: F401

pytest.importorskip('mmpose')
from mmlandmark.engine.hooks import CompileHook
from mmlandmark.errors import LandmarkError


@pytest.mark.parametrize(
    ('options', 'said'),
    [
        (dict(backend='eagr'), "CompileHook: .*'eagr'"),
        (dict(mod='max-autotune'), "CompileHook: .*'mod'"),
        (dict(mode='fastest'), 'CompileHook: .*fastest'),
    ],
)
def test_an_option_that_torch_does_not_know_is_one_line(options, said):
    with pytest.raises(LandmarkError, match=said) as error:
        CompileHook(**options)
    assert '\n' not in str(error.value)


def test_options_that_torch_knows_are_kept():
    options = dict(backend='eager', fullgraph=True)
    assert CompileHook(**options).options == options
