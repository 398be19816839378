"""Converter networks by name, without MMEngine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import nn

from mmlandmark.errors import LandmarkError, nearest
from mmlandmark.schemas import KeypointSchema

_NETWORKS: dict[str, type[nn.Module]] = {}


@dataclass(frozen=True)
class NetworkContext:
    """What a converter network may know of its job.

    Args:
        source: Schema of the points that come in.
        target: Schema of the points that go out.
    """

    source: KeypointSchema
    target: KeypointSchema


def register_network(name: str) -> Callable[[type[nn.Module]], type[nn.Module]]:
    """Return a class decorator that makes a network known under a name.

    Raises:
        LandmarkError: Another class has that name.
    """

    def register(cls: type[nn.Module]) -> type[nn.Module]:
        if _NETWORKS.get(name, cls) is not cls:
            raise LandmarkError(f'converter network {name!r} is already {_NETWORKS[name].__name__}')
        _NETWORKS[name] = cls
        return cls

    return register


def list_networks() -> dict[str, type[nn.Module]]:
    """Return every registered network class by name."""
    return dict(_NETWORKS)


def build_network(config: Mapping[str, Any], context: NetworkContext) -> nn.Module:
    """Build a converter network.

    Args:
        config: ``type`` (a registered name or class name) and the keyword arguments.
        context: The schemas that it stands between.

    Raises:
        LandmarkError: The type is unknown; names the nearest one.
    """
    options = dict(config)
    name = options.pop('type', None)
    by_class = {cls.__name__: cls for cls in _NETWORKS.values()}
    cls = _NETWORKS.get(name) or by_class.get(name)
    if cls is None:
        raise LandmarkError(
            f'unknown converter network {name!r}{nearest(str(name), _NETWORKS)}; '
            f'known: {", ".join(_NETWORKS)}'
        )
    try:
        return cls(context, **options)
    except TypeError as error:
        raise LandmarkError(f'converter network {name!r}: {error}') from error
