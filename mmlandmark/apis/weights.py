"""Pretrained weights that a config names by address, fetched before anything is built on them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from mmlandmark.errors import LandmarkError


def fetch_weights(cfg: Any) -> None:
    """Bring the weights of a config into torch's cache, where MMEngine looks for them.

    Looked at are ``load_from`` and every ``init_cfg`` of the type Pretrained in the model. Only
    the main process downloads.

    Raises:
        LandmarkError: An address cannot be reached; names it and the setting to give a file by.
    """
    from mmengine.dist import barrier, is_main_process

    for setting, address in dict(_addresses(cfg)).items():
        if is_main_process() and not (place := cached(address)).exists():
            _download(setting, address, place)
        barrier()


def cached(address: str) -> Path:
    """Return the file that an address has in torch's cache."""
    import torch

    return Path(torch.hub.get_dir()) / 'checkpoints' / os.path.basename(urlparse(address).path)


def _download(setting: str, address: str, place: Path) -> None:
    from torch.hub import download_url_to_file

    place.parent.mkdir(parents=True, exist_ok=True)
    print(f'Downloading {address} to {place}')
    try:
        download_url_to_file(address, str(place))
    except OSError as error:  # also what urllib raises
        reason = getattr(error, 'reason', None) or error
        raise LandmarkError(
            f'cannot download {address} ({reason}); fetch it on another machine and pass '
            f'--cfg-options {setting}=FILE, or put it at {place}'
        ) from error


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
    for key, value in node.items():
        yield from _pretrained(f'{setting}.{key}', value)


def _web(setting: str, address: Any) -> Iterator[tuple[str, str]]:
    if isinstance(address, str) and address.startswith(('http://', 'https://')):
        yield setting, address
