"""Channel keypoints between the published JSON and COCO files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mmlandmark.annotations.channel_coco import read_channel_coco
from mmlandmark.annotations.channel_coco_writer import write_channel_coco
from mmlandmark.annotations.channel_config import ChannelConfig
from mmlandmark.annotations.channel_json import read_channel_json, write_channel_json
from mmlandmark.annotations.channel_pictures import ChannelPictures
from mmlandmark.annotations.writer import check_output
from mmlandmark.evaluation.functional import render_table


@dataclass(frozen=True)
class ChannelConversion:
    """What a conversion read and where it is written.

    Attributes:
        pictures: The pictures.
        written: The file.
        notes: What the new file does not say any more.
    """

    pictures: ChannelPictures
    written: Path
    notes: Sequence[str] = ()

    def text(self) -> str:
        """Return counts by channel and what was left out, for a terminal."""
        counts = self.pictures.counts()
        rows = [
            {
                'channel': name,
                'keypoints': int(counts[:, channel].sum()),
                'pictures with some': int((counts[:, channel] > 0).sum()),
                'most in one': int(counts[:, channel].max(initial=0)),
            }
            for channel, name in enumerate(self.pictures.channels)
        ]
        empty = int((counts.sum(axis=1) == 0).sum())
        lines = [
            f'{len(self.pictures)} pictures, {empty} of them without keypoints',
            render_table(rows),
        ]
        left_out = [f'{n} {reason}' for reason, n in self.pictures.left_out.items() if n]
        if left_out:
            lines.append(f'left out: {", ".join(left_out)}')
        return '\n'.join([*lines, *self.notes, f'wrote {self.written}'])


def channels_to_coco(
    source: str | os.PathLike,
    out: str | os.PathLike,
    *,
    root: str | os.PathLike | None = None,
    channels: ChannelConfig | None = None,
    origin: str = 'bottom-left',
    outside: str = 'error',
    category: str = 'object',
    overwrite: bool = False,
) -> ChannelConversion:
    """Convert the published JSON to a COCO file.

    Args:
        source: The JSON.
        out: The COCO file; paths of pictures stay as they are.
        root: Folder of the pictures, which give their sizes; that of the JSON by default.
        channels: See `annotations.channel_config.parse_channels`.
        origin: ``bottom-left`` (published) or ``top-left``.
        outside: ``error``, or ``drop`` for points outside [0, 1].
        category: Name of the category.
        overwrite: Replace a file that exists.

    Raises:
        LandmarkError: Anything wrong with the input; nothing is written then.
    """
    out = check_output(out, overwrite=overwrite)
    pictures = read_channel_json(source, root, channels=channels, origin=origin, outside=outside)
    write_channel_coco(out, pictures, category=category, overwrite=overwrite)
    return ChannelConversion(pictures, out)


def coco_to_channels(
    source: str | os.PathLike,
    out: str | os.PathLike,
    *,
    channels: ChannelConfig | None = None,
    min_visibility: int = 1,
    origin: str = 'bottom-left',
    outside: str = 'error',
    overwrite: bool = False,
) -> ChannelConversion:
    """Convert a COCO keypoint file to the published JSON.

    Args:
        source: The COCO file; the pictures are not looked at.
        out: The JSON; paths of pictures stay as they are.
        channels: See `annotations.channel_config.parse_channels`.
        min_visibility: 1: all that are labelled; 2: only those that are seen.
        origin: ``bottom-left`` (published) or ``top-left``.
        outside: ``error``, or ``drop`` for points outside their picture.
        overwrite: Replace a file that exists.

    Raises:
        LandmarkError: Anything wrong with the input; nothing is written then.
    """
    out = check_output(out, overwrite=overwrite)
    pictures = read_channel_coco(
        source, channels=channels, min_visibility=min_visibility, outside=outside
    )
    write_channel_json(out, pictures, origin=origin, overwrite=overwrite)
    hidden = int((pictures.visible == 1).sum())
    notes = [f'{hidden} hidden keypoints are written as all others'] if hidden else []
    return ChannelConversion(pictures, out, notes)
