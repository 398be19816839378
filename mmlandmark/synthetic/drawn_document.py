"""What the files of drawn pictures have in common, whatever was drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def drawn_document(
    annotations: list[dict[str, Any]],
    file_names: Mapping[int, str],
    category: dict[str, Any],
    *,
    size: int,
    seed: int,
    description: str,
) -> dict[str, Any]:
    """Return the COCO object of square pictures with instances of one category.

    Args:
        annotations: The instances.
        file_names: Image id -> its picture, relative to the folder of the data set.
        category: What they are.
        size: Width and height of the pictures, pixels.
        seed: What they were drawn with.
        description: What was drawn, for whoever opens the file.
    """
    info = {'description': f'synthetic: {description}', 'synthetic': True, 'seed': seed}
    images = [
        {'id': id_, 'file_name': name, 'width': size, 'height': size}
        for id_, name in file_names.items()
    ]
    return {'info': info, 'images': images, 'annotations': annotations, 'categories': [category]}


def picture_name(row: int) -> str:
    """Return the file name of the picture at a position, counted from 0."""
    return f'images/{row + 1:05d}.jpg'
