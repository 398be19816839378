"""Devices that a user names and that are not there."""

import pytest
import torch

from mmlandmark.errors import LandmarkError
from mmlandmark.models.devices import choose_device


@pytest.mark.parametrize('name', ['gpu', 'cuda:77', 'cpu:x'])
def test_devices_that_are_not_there_are_told(name):
    with pytest.raises(LandmarkError, match=f"^device '{name}' cannot be used: ") as caught:
        choose_device(name)
    assert '\n' not in str(caught.value)
    assert choose_device('cpu') == torch.device('cpu')
