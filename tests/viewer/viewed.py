"""Synthetic faces with their pictures, as files that the viewer opens."""

from __future__ import annotations

import copy
from pathlib import Path

import cv2
import numpy as np
import orjson
from two_sides import one_side

from mmlandmark.synthetic import make_faces, pair_document
from mmlandmark.synthetic.pair_file import file_name

FACES = 8
UNLABELLED = 36  # of the second face: the outer right corner, of which face48 has one too


def document() -> dict:
    """Pairs; the second face lacks a source point, the last picture has no face."""
    pairs = copy.deepcopy(pair_document(make_faces(FACES, seed=3, pictures_per_identity=1)))
    second = pairs['annotations'][1]['keypoints']
    second[3 * UNLABELLED : 3 * UNLABELLED + 3] = [0.0, 0.0, 0]
    empty = {'id': FACES + 1, 'file_name': 'nobody.png', 'width': 64, 'height': 48}
    return {**pairs, 'images': [*pairs['images'], empty]}


def write_files(folder: Path) -> dict[str, Path]:
    """Write ``faces.json``, ``faces_48.json`` and ``pictures`` into a folder."""
    pairs = document()
    files = {'source': folder / 'faces.json', 'target': folder / 'faces_48.json'}
    for side, path in files.items():
        path.write_bytes(orjson.dumps(one_side(pairs, side)))
    pictures = folder / 'pictures'
    pictures.mkdir()
    for index in range(1, FACES + 1):
        ground = np.full((256, 256, 3), 60 + 10 * index, dtype=np.uint8)
        cv2.imwrite(str(pictures / file_name(index)), ground)
    cv2.imwrite(str(pictures / 'nobody.png'), np.zeros((48, 64, 3), dtype=np.uint8))
    return {'faces': files['source'], 'truth': files['target'], 'pictures': pictures}
