"""Weights that are given by address: where they lie once fetched, and how they get there."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlparse

from mmlandmark.errors import LandmarkError

WEB = ('http://', 'https://')


def cached(address: str) -> Path:
    """Return the file that an address has in torch's cache."""
    import torch

    return Path(torch.hub.get_dir()) / 'checkpoints' / os.path.basename(urlparse(address).path)


def download(setting: str, address: str, place: Path) -> None:
    """Fetch an address into a file.

    Args:
        setting: The setting of the config that names the address, for the message.
        address: What to fetch.
        place: The file to write, whole or not at all.

    Raises:
        LandmarkError: The address cannot be reached; names it and the setting to give a file by.
    """
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
