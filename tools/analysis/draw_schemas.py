"""Draw one synthetic face in two schemas, or one body in three: the pictures of the README."""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from mmlandmark.options import at_least
from mmlandmark.schemas import get_schema
from mmlandmark.synthetic import make_faces
from mmlandmark.synthetic.render import render_face
from mmlandmark.visualization.drawing import draw_side_by_side
from mmlandmark.visualization.pictures import write_picture
from mmlandmark.visualization.report_style import INK, PAPER
from mmlandmark.visualization.schema_figure import schema_drawing

WIDTH = 720
BODIES = ('coco17', 'mpii16', 'aic14')
TALL = 300


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


def draw_bodies() -> str:
    """Return an SVG of the schemas of bodies side by side, each under its name."""
    column, parts = WIDTH / len(BODIES), []
    for number, name in enumerate(BODIES):
        schema = get_schema(name)
        left = number * column
        drawing = schema_drawing(schema, size=TALL).replace('<svg ', '<svg y="28" ', 1)
        width = float(drawing.split('width="')[1].split('"')[0])
        parts.append(
            f'<text x="{left + column / 2}" y="20" text-anchor="middle" fill="{INK}" '
            f'font-family="sans-serif" font-size="15">{name}, {schema.num_keypoints} joints</text>'
            + drawing.replace('<svg ', f'<svg x="{left + (column - width) / 2:.0f}" ', 1)
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {TALL + 36}" '
        f'width="{WIDTH}" height="{TALL + 36}"><rect width="100%" height="100%" fill="{PAPER}"/>'
        + ''.join(parts)
        + '</svg>\n'
    )


def main() -> None:
    """Write the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'out', help='docs/images/two_schemas.png, or three_bodies.svg for the bodies'
    )
    parser.add_argument('--face', type=at_least(0), default=80, help='number of the face')
    args = parser.parse_args()
    if args.out.endswith('.svg'):
        Path(args.out).write_text(draw_bodies(), encoding='utf-8')
    else:
        write_picture(args.out, draw(args.face))


if __name__ == '__main__':
    main()
