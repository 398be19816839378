"""The page holds everything in one file."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest

pytest.importorskip('cv2')

from mmlandmark.errors import LandmarkError  # noqa: E402
from mmlandmark.visualization.report import Case, ResultTable, write_report  # noqa: E402

ROWS = [
    {'method': 'map', 'NME': 3.0, 'PCK': 0.5, 'n': 7, 'seconds': None},
    {'method': 'learned', 'NME': 2.0, 'PCK': 0.4, 'n': 7, 'seconds': 1.5},
]


class Checker(HTMLParser):
    """Collects open tags and what a page would load."""

    VOID = ('meta', 'img', 'br', 'input')

    def __init__(self):
        super().__init__()
        self.open, self.loads = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in self.VOID:
            self.open.append(tag)
        self.loads += [value for key, value in attrs if key in ('src', 'href')]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def write(path, **changes):
    options = dict(title='A & B', verdict='x < y', table=ResultTable(ROWS))
    write_report(path, **options | changes)
    return path.read_text(encoding='utf-8')


def test_it_is_closed_in_itself_and_escaped(tmp_path):
    case = Case('worst', 'a "case"', np.zeros((30, 40, 3), np.uint8))
    page = write(tmp_path / 'r.html', cases=[case, case], facts={'Run': 'a <b>', 'Of': {'k': 'v&'}})
    checker = Checker()
    checker.feed(page)
    assert not checker.open
    assert checker.loads and all(
        load.startswith('data:image/jpeg;base64,') for load in checker.loads
    )
    assert 'A &amp; B' in page and 'x &lt; y' in page and 'a &lt;b&gt;' in page
    assert page.count('<h3>worst</h3>') == 1


def test_the_best_figure_of_a_column_stands_out(tmp_path):
    table = ResultTable(ROWS, best={'NME': 'min', 'PCK': 'max'}, notes=['seven excluded'])
    page = write(tmp_path / 'r.html', table=table)
    assert re.findall(r'<td class="number best">([^<]+)</td>', page) == ['0.5000', '2.000']
    assert '<td class="number">-</td>' in page and 'seven excluded' in page


def test_an_old_page_is_replaced_and_a_bad_picture_leaves_it(tmp_path):
    path = tmp_path / 'r.html'
    first = write(path)
    assert write(path, title='another') != first
    kept = path.read_text()
    with pytest.raises((LandmarkError, ZeroDivisionError)):
        write(path, cases=[Case('worst', 'empty', np.zeros((0, 0, 3), np.uint8))])
    assert path.read_text() == kept and len(list(tmp_path.iterdir())) == 1
