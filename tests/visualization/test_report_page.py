"""Reports in a browser: no text makes the page wider than the screen."""

import pytest

pytest.importorskip('playwright.sync_api')
pytest.importorskip('cv2')
from viewer.chromium import launched, needs_chromium  # noqa: E402

from mmlandmark.visualization.report import Section, write_page  # noqa: E402
from mmlandmark.visualization.report_blocks import (  # noqa: E402
    ResultTable,
    figures_block,
    paragraph,
    table_block,
)

pytestmark = needs_chromium
LONG = '/data/' + 'a_long_name' * 20


def test_long_names_are_wrapped_on_a_telephone(tmp_path):
    table = table_block(ResultTable([{'data set': LONG, 'value': 1.0}], notes=[LONG]))
    blocks = [paragraph(LONG), table, figures_block({LONG: '<svg></svg>'})]
    write_page(tmp_path / 'r.html', LONG, f'Against {LONG}: fine.', [Section(LONG, blocks)])
    with launched() as browser:
        page = browser.new_page(viewport={'width': 390, 'height': 800})
        page.goto((tmp_path / 'r.html').as_uri())
        assert page.evaluate('document.documentElement.scrollWidth') == 390
