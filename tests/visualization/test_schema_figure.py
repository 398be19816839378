import re
from xml.etree import ElementTree

import numpy as np
import pytest

from mmlandmark.errors import LandmarkError
from mmlandmark.schemas import get_schema, list_schemas
from mmlandmark.visualization.schema_figure import schema_drawing


@pytest.mark.parametrize('name', list_schemas())
def test_every_shipped_schema_can_be_drawn(name):
    schema = get_schema(name)
    svg = ElementTree.fromstring(schema_drawing(schema, numbers=True))
    circles = [part for part in svg if part.tag == 'circle']
    titles = [circle.find('title').text for circle in circles]
    assert set(titles) <= {f'{i} {n}' for i, n in enumerate(schema.keypoints)}
    assert len(circles) == len([part for part in svg if part.tag == 'text']) >= 18 - 4
    width, height = map(float, svg.get('viewBox').split()[2:])
    assert max(width, height) == pytest.approx(360, abs=1)
    for circle in circles:
        assert 0 < float(circle.get('cx')) < width and 0 < float(circle.get('cy')) < height


def test_given_points_are_drawn_where_they_are_and_missing_ones_with_their_links_are_not():
    schema = get_schema('mpii16')
    points = np.stack([np.arange(16.0), np.arange(16.0)[::-1]], axis=1)
    points[schema.index('pelvis')] = np.nan
    drawn = schema_drawing(schema, points)
    assert 'pelvis' not in drawn
    places = re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', drawn)
    assert len(places) == 15
    x, y = np.array(places, dtype=float).T
    assert (np.diff(x) > 0).all() and (np.diff(y) < 0).all()
    without = sum('pelvis' not in link for link in schema.skeleton)
    assert drawn.count('<line') == without < len(schema.skeleton)


def test_wrong_points_are_one_line():
    schema = get_schema('mpii16')
    with pytest.raises(LandmarkError, match=r"'mpii16': points of shape \(3, 2\), expected"):
        schema_drawing(schema, np.zeros((3, 2)))
    with pytest.raises(LandmarkError, match='no keypoint has a place'):
        schema_drawing(schema, np.full((16, 2), np.nan))
