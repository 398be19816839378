"""Distributions as SVG."""

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from mmlandmark.visualization.distribution_figure import distribution_figure


def bars(svg):
    return [int(n) for n in re.findall(r'<title>(\d+)</title>', svg)]


def test_bars_count_all_but_those_beyond_which_are_said():
    values = np.concatenate([np.linspace(1, 5, 400), [1000.0, 2000.0, np.nan, np.inf]])
    svg = distribution_figure(values, 'error <px>')
    ElementTree.fromstring(svg)
    assert sum(bars(svg)) == 400
    assert '2 instances beyond the axis, up to 2000' in svg
    assert 'error &lt;px&gt;' in svg


def test_quantiles_are_marked():
    svg = distribution_figure(np.arange(101.0), 'px', of='pictures')
    assert 'median 50.0' in svg and '90 % below 90.0' in svg
    assert 'bars: pictures' in svg and sum(bars(svg)) == 101


@pytest.mark.parametrize('values', [[0.0], [0.0, 0.0], [7.5], [1e-9, 3e-9], [-2.0, 4.0]])
def test_few_and_equal_values_are_drawn(values):
    svg = distribution_figure(np.array(values), 'px')
    ElementTree.fromstring(svg)
    assert sum(bars(svg)) == len(values) and 'nan' not in svg


def test_nothing_to_draw():
    with pytest.raises(ValueError, match='no finite value'):
        distribution_figure(np.array([np.nan]), 'px')
