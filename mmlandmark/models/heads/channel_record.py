"""What a head for channels was trained for, as its checkpoints say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def record_of(channels: Sequence[str], sigmoid: bool, widths: Sequence[int]) -> dict[str, Any]:
    """Return the record of a head.

    Args:
        channels: Names, in the order of the maps.
        sigmoid: Whether scores are the sigmoid of what the head gives.
        widths: Channels of the features and of what each deconvolution makes of them.
    """
    return dict(channels=list(channels), sigmoid=sigmoid, widths=list(widths))


def record_differences(own: Mapping[str, Any], content: Mapping[str, Any]) -> str:
    """Say how the record of a checkpoint differs, an empty string where its weights fit.

    Args:
        own: The record of the head, as of ``record_of``.
        content: That of the checkpoint.
    """
    if 'channels' not in content or 'sigmoid' not in content:
        return 'it is of no ChannelHeatmapHead'
    told = []
    if content['channels'] != own['channels']:
        told.append(f'its channels are {", ".join(content["channels"])}')
    if content.get('widths', own['widths']) != own['widths']:
        told.append(
            f'its features and deconvolutions are {_listed(content["widths"])} wide, here '
            f'{_listed(own["widths"])}'
        )
    if content['sigmoid'] != own['sigmoid']:
        kinds = {True: 'before a sigmoid', False: 'scores themselves'}
        told.append(
            f'what it gives are {kinds[content["sigmoid"]]}, here {kinds[own["sigmoid"]]}: it was '
            'trained with another loss'
        )
    return '; '.join(told)


def _listed(widths: Sequence[int]) -> str:
    return ', '.join(map(str, widths))
