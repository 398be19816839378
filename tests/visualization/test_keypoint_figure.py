"""Errors of keypoints as SVG."""

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

pytest.importorskip('cv2')

from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.schemas import get_schema  # noqa: E402
from mmlandmark.schemas.layout import schema_layout  # noqa: E402
from mmlandmark.visualization.keypoint_figure import (  # noqa: E402
    KeypointErrors,
    keypoint_columns,
    schema_figure,
)
from mmlandmark.visualization.report_style import STYLE  # noqa: E402

SCHEMA = get_schema('mpii16')
LAYOUT = np.stack([np.arange(16.0), np.arange(16.0) % 5], axis=1)


def errors(**changes):
    learned = np.linspace(1, 4, 16)
    partial = np.where(np.arange(16) < 4, np.nan, 2.0)
    methods = {'learned <1>': learned, 'map': partial}
    return KeypointErrors(
        **dict(schema=SCHEMA, layout=LAYOUT, methods=methods, unit='x100') | changes
    )


def titles(svg):
    return re.findall('<title>(.*?)</title>', svg)


def test_every_keypoint_is_drawn_and_says_its_error():
    svg = schema_figure(errors(), 'learned <1>')
    ElementTree.fromstring(svg)
    assert len(titles(svg)) == 16 and f'0 {SCHEMA.keypoints[0]}: 1.00' in titles(svg)
    assert 'no error' not in svg


def test_points_that_a_method_does_not_give_are_marked_so():
    found = titles(schema_figure(errors(), 'map'))
    assert sum(title.endswith(': no error') for title in found) == 4


def test_larger_errors_are_larger_and_darker():
    svg = schema_figure(errors(), 'learned <1>')
    marks = re.findall(
        r'r="([\d.]+)" fill="#(\w{6})" stroke="[^"]+" stroke-width="0.7"><title', svg
    )
    radii = [float(radius) for radius, _ in marks]
    light = [sum(bytes.fromhex(color)) for _, color in marks]
    assert radii == sorted(radii) and radii[0] < radii[-1]
    assert light == sorted(light, reverse=True) and light[0] > light[-1]


def test_keypoints_without_a_place_are_left_out():
    layout = LAYOUT.copy()
    layout[3] = np.nan
    assert len(titles(schema_figure(errors(layout=layout), 'map'))) == 15


def test_the_list_names_all_keypoints_and_escapes():
    (svg,) = keypoint_columns(errors())
    ElementTree.fromstring(svg)
    assert all(f'>{name}</text>' in svg for name in SCHEMA.keypoints)
    assert 'learned &lt;1&gt;' in svg


def test_many_keypoints_stand_in_columns_of_one_scale_and_are_drawn_smaller():
    schema = get_schema('face68')
    many = KeypointErrors(schema, schema_layout(schema), {'model': np.arange(68.0)}, 'px')
    columns = keypoint_columns(many)
    assert len(columns) == 2
    assert len({tuple(re.findall(r'text-anchor="middle">([^<]+)', svg)) for svg in columns}) == 1
    assert all(any(f'>{name}</text>' in svg for svg in columns) for name in schema.keypoints)
    mesh = get_schema('mesh478')
    places = np.random.default_rng(0).random((478, 2))
    crowd = KeypointErrors(mesh, places, {'model': np.ones(478)}, 'px')
    radius = r'r="([\d.]+)" fill="[^"]+" stroke="[^"]+" stroke-width="0.7"><title'
    sizes = [
        float(re.search(radius, schema_figure(e, 'model'))[1])
        for e in (crowd, errors(methods={'model': np.ones(16)}))
    ]
    assert sizes[0] < sizes[1] / 2


def test_numbers_are_there_on_demand():
    svg = schema_figure(errors(), 'map')
    numbers = re.findall(r'class="keypoint-number"[^>]*>(\d+)<', svg)
    assert numbers == [str(i) for i in range(16)]
    assert 'svg .keypoint-number { display: none; }' in STYLE


def test_numbers_of_the_legend_fit_between_its_marks():
    for value in (1e-4, 0.5, 99.99, 1234.5, 9999.9, 123456.0, 1e9):
        svg = schema_figure(errors(methods={'map': np.full(16, value)}), 'map')
        legend = re.findall(r'text-anchor="middle">([^<]*)</text>', svg)
        assert len(legend) == 5 and max(map(len, legend)) <= 6, legend


def test_arrays_that_do_not_fit():
    with pytest.raises(LandmarkError, match="16 keypoints of 'mpii16'"):
        errors(methods={'model': np.ones(17)})
    with pytest.raises(LandmarkError, match='no keypoint'):
        errors(methods={'model': np.full(16, np.nan)})
