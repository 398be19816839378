"""A COCO file with all that formats differ in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from coco_files import SQUARE, make_coco, save, square_points

from mmlandmark.annotations.formats.convert import read_labels
from mmlandmark.annotations.formats.labels import Labels

FILE = 'labeled-data/walk/img{:03d}.png'


def made_file(folder: Path, count: int = 7, *, per_image: int = 2, seed: int = 0) -> Path:
    """Write instances of ``SQUARE``, some points hidden or not labelled, to ``source.json``."""
    rng = np.random.default_rng(seed)
    visible = rng.integers(0, 3, (count, 4))
    visible[visible.sum(axis=1) == 0, 1] = 2
    points = square_points(count, seed) + rng.normal(0, 1e-3, (count, 4, 2))
    points[visible == 0] = 0
    data = make_coco(points, SQUARE, visible, per_image=per_image)
    data['categories'][0]['skeleton'] = [[1, 2], [3, 4]]
    for image in data['images']:
        image['file_name'] = FILE.format(image['id'])
    return save(folder / 'source.json', data)


def same_points(one: Labels, two: Labels, *, atol: float = 0.0, hidden: bool = True) -> None:
    """Assert that two labels have the same names and points in the same pictures.

    Args:
        one: Labels.
        two: Labels.
        atol: Pixels.
        hidden: Hidden points have to be so in both.
    """
    assert list(one.files) == list(two.files)
    assert one.schema.keypoints == two.schema.keypoints
    assert one.pictures.tolist() == two.pictures.tolist()
    np.testing.assert_allclose(one.points, two.points, rtol=0, atol=atol)
    if hidden:
        np.testing.assert_array_equal(one.visible, two.visible)
    else:
        np.testing.assert_array_equal(one.visible > 0, two.visible > 0)


def made_labels(folder: Path, count: int = 7, **options: int) -> Labels:
    """Return what ``made_file`` writes, as read."""
    return read_labels(made_file(folder, count, **options))[0]
