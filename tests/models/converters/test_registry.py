"""Networks by name."""

from __future__ import annotations

import pytest
from pair_batches import NETWORKS, SOURCE, TARGET
from torch import nn

from mmlandmark.errors import LandmarkError
from mmlandmark.models.converters import (
    NetworkContext,
    build_network,
    list_networks,
    register_network,
)
from mmlandmark.models.converters.networks import ResidualNetwork

CONTEXT = NetworkContext(SOURCE, TARGET)


def test_the_names_of_the_guide_are_all_there():
    assert set(list_networks()) == set(NETWORKS)


def test_a_short_name_and_a_class_name_build_the_same_class():
    for name in ('residual', 'ResidualNetwork'):
        assert isinstance(build_network(dict(type=name), CONTEXT), ResidualNetwork)


@pytest.mark.parametrize(
    ('config', 'message'),
    [
        (dict(type='residul'), r"'residul' \(did you mean 'residual'\?\)"),
        (dict(hidden=3), 'unknown converter network None'),
        (dict(type='minimal_mlp', hiden=3), "'minimal_mlp': .*'hiden'"),
    ],
)
def test_what_cannot_be_built_is_named(config, message):
    with pytest.raises(LandmarkError, match=message):
        build_network(config, CONTEXT)


def test_a_name_belongs_to_one_class():
    class Other(nn.Module):
        pass

    with pytest.raises(LandmarkError, match="'mlp' is already MLPNetwork"):
        register_network('mlp')(Other)
    assert register_network('residual')(ResidualNetwork) is ResidualNetwork


def test_the_list_is_a_copy():
    list_networks().clear()
    assert list_networks()
