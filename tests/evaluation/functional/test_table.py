from __future__ import annotations

import csv
import io

import pytest

from mmlandmark.errors import LandmarkError
from mmlandmark.evaluation.functional import format_value, render_table

ROWS = [
    {'method': 'model', 'NME': 3.7234, 'points': 100},
    {'method': 'mapping', 'NME': float('nan'), 'points': 22, 'note': 'a|b'},
]


def test_text_is_aligned():
    lines = render_table(ROWS, ['method', 'NME', 'points']).splitlines()
    assert lines == [
        'method     NME  points',
        '-------  -----  ------',
        'model    3.723     100',
        'mapping      -      22',
    ]


def test_markdown_escapes_and_right_aligns_numbers():
    lines = render_table(ROWS, style='markdown').splitlines()
    assert lines[1] == '| --- | ---: | ---: | --- |'
    assert lines[2].endswith('| 100 | - |') and lines[3].endswith('a\\|b |')


def test_csv_keeps_whole_numbers():
    rows = list(csv.DictReader(io.StringIO(render_table(ROWS, style='csv'))))
    assert rows[0]['NME'] == '3.7234' and rows[1]['NME'] == '' and rows[1]['note'] == 'a|b'


@pytest.mark.parametrize(
    ('value', 'text'),
    [(0.0, '0.000'), (0.01234567, '0.0123'), (89.2345, '89.23'), (12345.6, '12346')]
    + [(7, '7'), (None, '-'), (float('nan'), '-'), ('x', 'x')]
    + [(float('inf'), 'inf'), (float('-inf'), '-inf')],
)
def test_format_value(value, text):
    assert format_value(value) == text


def test_no_rows_still_shows_the_columns():
    assert render_table([], ['a', 'b']).splitlines()[0] == 'a  b'


def test_unknown_style():
    with pytest.raises(LandmarkError, match="did you mean 'markdown'"):
        render_table(ROWS, style='markdwn')
