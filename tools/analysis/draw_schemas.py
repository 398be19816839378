"""Draw one synthetic face in two schemas: the picture of the README."""

from __future__ import annotations

import argparse

import cv2
import numpy as np

from mmlandmark.schemas import get_schema
from mmlandmark.synthetic import make_faces
from mmlandmark.synthetic.render import render_face
from mmlandmark.visualization.drawing import draw_side_by_side
from mmlandmark.visualization.pictures import write_picture

WIDTH = 720


def draw(index: int) -> np.ndarray:
    """Return (H, WIDTH, 3) uint8 BGR: face68 on the left, face48 on the right."""
    faces = make_faces(index + 1)
    drawn = draw_side_by_side(
        render_face(faces, index),
        faces.source_points[index],
        faces.source_visible[index],
        get_schema('face68'),
        faces.target_points[index],
        faces.target_visible[index],
        get_schema('face48'),
    )
    scale = WIDTH / drawn.shape[1]
    return cv2.resize(drawn, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def main() -> None:
    """Write the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('out', help='the picture, such as docs/images/two_schemas.png')
    parser.add_argument('--face', type=int, default=80, help='number of the face')
    args = parser.parse_args()
    write_picture(args.out, draw(args.face))


if __name__ == '__main__':
    main()
