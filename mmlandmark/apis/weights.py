"""Pretrained weights that a config names by address, fetched before anything is built on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mmlandmark.models.downloads import WEB, cached, download


def fetch_weights(cfg: Any) -> None:
    """Bring the weights of a config into torch's cache, where MMEngine looks for them.

    Looked at are ``load_from``, every ``init_cfg`` of the type Pretrained in the model, and
    ``pretrained`` of the backbones of mmlandmark. Only the main process downloads.

    Raises:
        LandmarkError: An address cannot be reached; names it and the setting to give a file by.
    """
    from mmengine.dist import barrier, is_main_process

    for setting, address in dict(_addresses(cfg)).items():
        if is_main_process() and not (place := cached(address)).exists():
            download(setting, address, place)
        barrier()


def _addresses(cfg: Any) -> Iterator[tuple[str, str]]:
    """Yield the setting and the address of all weights that lie on the web."""
    yield from _web('load_from', cfg.get('load_from'))
    yield from _pretrained('model', cfg.get('model'))


def _pretrained(setting: str, node: Any) -> Iterator[tuple[str, str]]:
    if isinstance(node, (list, tuple)):
        for number, item in enumerate(node):
            yield from _pretrained(f'{setting}.{number}', item)
    if not isinstance(node, Mapping):
        return
    if node.get('type') == 'Pretrained':
        yield from _web(f'{setting}.checkpoint', node.get('checkpoint'))
    if node.get('type') in ('TimmBackbone', 'SmpBackbone', 'DINOv2'):
        yield from _web(f'{setting}.pretrained', node.get('pretrained'))
    if node.get('type') == 'TorchvisionBackbone' and node.get('pretrained'):
        from mmlandmark.models.backbones.torchvision_backbone import weights_source

        source = weights_source(node.get('model_name'), node['pretrained'])
        yield from _web(f'{setting}.pretrained', source)
    for key, value in node.items():
        yield from _pretrained(f'{setting}.{key}', value)


def _web(setting: str, address: Any) -> Iterator[tuple[str, str]]:
    if isinstance(address, str) and address.startswith(WEB):
        yield setting, address
