import xml.etree.ElementTree as ElementTree

import numpy as np

from mmlandmark.visualization.bias_figure import BiasPicture, bias_figure
from mmlandmark.visualization.merge_page import write_merge_page, write_pictures


def picture(**changes):
    fields = dict(
        title='a<b=c+d',
        verdict='merge',
        differences=np.random.default_rng(0).normal(0, 0.1, (3000, 2)),
        bias=np.array([0.05, -0.02]),
        interval=np.array([[0.04, 0.06], [-0.03, -0.01]]),
        tolerance=0.1,
        unit='head_size',
        axes=('to its left', 'down'),
    )
    return BiasPicture(**(fields | changes))


def test_the_cross_lies_where_the_bias_is():
    svg = ElementTree.fromstring(bias_figure(picture()))
    circle = next(node for node in svg.iter() if node.tag.endswith('circle'))
    radius, x, y = (float(circle.get(key)) for key in ('r', 'cx', 'cy'))
    box = [node for node in svg.iter() if node.tag.endswith('rect')][1]
    left, top, width, height = (float(box.get(key)) for key in ('x', 'y', 'width', 'height'))
    np.testing.assert_allclose((left + width / 2 - x) / radius, 0.5, atol=0.01)
    np.testing.assert_allclose((top + height / 2 - y) / radius, -0.2, atol=0.01)
    np.testing.assert_allclose(width / radius, 0.2, atol=0.01)


def test_a_keypoint_without_instances_has_a_picture():
    nothing = np.full((4, 2), np.nan)
    svg = bias_figure(picture(differences=nothing, bias=nothing[0], interval=nothing[:2]))
    ElementTree.fromstring(svg)
    assert 'no instances' in svg and 'nan' not in svg


def test_pages_escape_names_and_pictures_have_file_names(tmp_path):
    write_merge_page(
        tmp_path / 'page.html',
        title='<title>',
        summary=['merge (1): a<b'],
        rows=[{'keypoint': 'a<b', 'verdict': 'merge', 'n': 3}],
        notes=['note & note'],
        pictures=[picture()],
        recipe='{"a": "<b>"}',
    )
    page = (tmp_path / 'page.html').read_text()
    assert 'a<b' not in page and 'a&lt;b' in page and '&lt;b&gt;' in page
    write_pictures(tmp_path, [picture()])
    assert (tmp_path / 'a_b=c+d.svg').exists()
