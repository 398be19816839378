"""Sides and regions are told apart in drawings, with any colour vision."""

import numpy as np
import pytest
from coco_files import SQUARE

from mmlandmark.schemas import get_schema, list_schemas
from mmlandmark.visualization.schema_colors import drawing_colors

# linear RGB as it looks without red, green or blue cones (Machado, Oliveira and Fernandes 2009)
CONES = {
    'protan': [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    'deutan': [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    'tritan': [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}


def seen(colors, cones):
    values = np.asarray(colors, dtype=float) / 255
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    linear = np.clip(linear @ np.array(cones).T, 0, 1)
    values = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return 255 * values


@pytest.mark.parametrize('cones', CONES.values(), ids=CONES)
@pytest.mark.parametrize('name', list_schemas())
def test_partners_differ_for_every_reader(name, cones):
    schema = get_schema(name)
    colors = drawing_colors(schema)
    for one, other in schema.swaps:
        a, b = (seen(colors[schema.index(point)], cones) for point in (one, other))
        assert np.linalg.norm(a - b) > 60, (one, other)


def test_regions_differ_in_lightness_and_partners_are_of_one_kind():
    schema = get_schema('face68')
    colors = dict(zip(schema.keypoints, drawing_colors(schema), strict=True))
    assert colors['left_eye_0'] != colors['left_brow_0'] != colors['jaw_16']
    own = get_schema('hand21')
    assert drawing_colors(own) == own.colors, 'colours that a schema states are kept'


def test_a_schema_without_regions_keeps_its_colours():
    assert drawing_colors(SQUARE) == SQUARE.colors
