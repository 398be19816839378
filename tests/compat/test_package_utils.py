"""Package look-up without pkg_resources, also for packages installed in editable mode."""

from pathlib import Path

import mmengine
import pytest
from mmengine.utils import get_installed_path, is_installed

import mmlandmark
from mmlandmark.compat import package_utils


def test_this_package_is_found_where_it_is():
    assert Path(get_installed_path('mmlandmark')) == Path(mmlandmark.__file__).parent


def test_mmengine_is_found_and_nonsense_is_not():
    assert Path(get_installed_path('mmengine')) == Path(mmengine.__file__).parent
    assert is_installed('numpy') and not is_installed('no_such_package')
    with pytest.raises(Exception, match='no_such_package'):
        get_installed_path('no_such_package')


def test_the_module_of_a_distribution_with_another_name():
    assert package_utils.package2module('mmcv-lite') == 'mmcv'
    assert Path(get_installed_path('mmcv-lite')).name == 'mmcv'
