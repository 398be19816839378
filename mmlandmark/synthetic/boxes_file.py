"""Drawn boxes as a file of channel keypoints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mmlandmark.synthetic.boxes import BoxScene
from mmlandmark.synthetic.boxes_shape import CHANNELS
from mmlandmark.synthetic.drawn_document import picture_name


def boxes_document(scenes: Mapping[int, BoxScene]) -> dict[str, Any]:
    """Return the JSON object of some scenes, by their number.

    Every entry has ``image_path`` and, for each channel, a list of [u, v, depth]: shares of the
    width and height, from the bottom left corner of the picture, and metres. Points that cannot
    be seen are left out.
    """
    return {'dataset': [_entry(index, scene) for index, scene in scenes.items()]}


def _entry(index: int, scene: BoxScene) -> dict[str, Any]:
    u, y = (scene.points / scene.camera.size).T
    rows = np.column_stack([u, 1 - y, scene.depths])
    lists = {
        name: rows[scene.channel_ids == channel].tolist() for channel, name in enumerate(CHANNELS)
    }
    return {'image_path': picture_name(index), **lists}
