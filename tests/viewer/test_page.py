"""The page in a real browser: browse, switch, toggle, edit, save, export."""

import json

import orjson
import pytest

pytest.importorskip('playwright.sync_api')

from mmlandmark.apis.convert import convert_coco  # noqa: E402
from mmlandmark.schemas import Mapping, get_mapping, get_schema  # noqa: E402
from mmlandmark.viewer.answers import listing  # noqa: E402
from mmlandmark.viewer.requests import ListRequest, View  # noqa: E402
from viewer.chromium import expect, launched, needs_chromium, opened  # noqa: E402
from viewer.viewed import FACES  # noqa: E402

pytestmark = needs_chromium
NAME = 'face68-to-face48'


@pytest.fixture(scope='module')
def browser():
    with launched() as browser:
        yield browser


@pytest.fixture
def page(browser, session):
    """The page of a session; whatever it logs as an error fails the test."""
    with opened(browser, session) as page:
        page.wait_for_selector('#overlay .point.converted')
        yield page


def counts(page):
    return {
        kind: page.locator(f'#overlay .point.{kind}').count()
        for kind in ('source', 'converted', 'truth')
    }


def shown(page, text):
    expect(page.locator('#caption')).to_contain_text(text)


def listed(session):
    view = View(schema='face68', converter=NAME, normalizer='eye_outer')
    return listing(session, ListRequest(view=view, sort='error', descending=True))['pictures']


def spot(page, side, name):
    return page.locator(f'#drawings .spot[data-side={side}][data-name="{name}"]')


def test_browsing_filtering_and_toggling(page, session):
    assert 'token' not in page.url
    assert page.locator('#pictures button').count() == FACES
    rules = len(get_mapping(NAME).rules)
    source = session.file.read(session.schema('face68'))
    true = session.truth.read(get_schema('face48')).visible[0] > 0
    assert counts(page) == {'source': 68, 'converted': rules, 'truth': int(true.sum())}
    measured = true & get_mapping(NAME).covered
    assert page.locator('#overlay .difference').count() == int(measured.sum())
    page.keyboard.press('ArrowRight')
    shown(page, 'synthetic_00002.png')
    labelled = int((source.visible[1] > 0).sum())
    assert counts(page)['source'] == labelled < 68
    page.keyboard.press('1')
    assert counts(page)['source'] == 0
    page.keyboard.press('1')
    page.click('[data-layer=truth]')
    assert counts(page)['truth'] == 0 and counts(page)['source'] == labelled
    page.select_option('#labels', 'names')
    assert 0 < page.locator('#overlay .label').count() < 150
    width = page.locator('#picture').bounding_box()['width']
    page.keyboard.press('z')
    assert page.locator('#picture').bounding_box()['width'] > width
    page.click('#more summary')
    page.fill('#missing-min', '1')
    incomplete = sum(entry['missing'] > 0 for entry in listed(session))
    assert 0 < incomplete < FACES
    expect(page.locator('#pictures button')).to_have_count(incomplete)
    assert page.locator('#pictures .facts').first.inner_text().endswith(' missing')
    page.click('#reset-filter')
    page.select_option('#sort', 'error')
    expect(page.locator('#pictures button')).to_have_count(FACES)
    expect(page.locator('#descending')).to_have_attribute('aria-pressed', 'true')
    errors = [p['error'] for p in listed(session)]
    expect(page.locator('#pictures .facts').first).to_contain_text(f'{100 * errors[0]:.2f} %')
    facts = page.locator('#pictures .facts').all_inner_texts()
    assert [t.split(' %')[0] for t in facts] == [f'{100 * error:.2f}' for error in errors]


def test_switching_the_converter_and_the_normaliser(page):
    page.select_option('#converter', '')
    expect(page.locator('#overlay .point.converted')).to_have_count(0)
    assert 'the ground truth has face48, not face68' in page.inner_text('#summary')
    assert page.locator('#export').is_disabled()
    page.select_option('#converter', NAME)
    page.wait_for_selector('#overlay .point.converted')
    page.select_option('#normalizer', 'pixel')
    expect(page.locator('#summary')).to_contain_text(' px')
    assert f'of {FACES} instances' in page.inner_text('#summary')


def test_a_mapping_is_edited_by_clicking_and_saved(page, tmp_path):
    mapping = get_mapping(NAME)
    lines = sum(len(rule) for rule in mapping.rules.values())
    page.keyboard.press('m')
    assert page.locator('#drawings .rule').count() == lines
    page.click('#edit')
    target = next(n for n in get_schema('face48').keypoints if n not in mapping.rules)
    first, second = get_schema('face68').keypoints[0], get_schema('face68').keypoints[16]
    page.uncheck('#mirror')
    before = counts(page)['converted']
    page.select_option('#target-point', target)
    spot(page, 'source', first).click()
    spot(page, 'source', second).click()
    weights = page.locator('#weights input')
    assert [weights.nth(i).input_value() for i in range(2)] == ['0.5', '0.5']
    weights.first.fill('0.25')
    weights.first.press('Enter')
    assert [weights.nth(i).input_value() for i in range(2)] == ['0.25', '0.75']
    expect(page.locator('#overlay .point.converted')).to_have_count(before + 1)
    page.keyboard.press('Escape')
    page.click('#undo')
    assert weights.first.input_value() == '0.5'
    page.click('#save')
    page.fill('#save-name', 'mine')
    page.click('#save-write')
    expect(page.locator('#status')).to_contain_text('wrote')
    written = Mapping.from_file(tmp_path / 'out' / 'mine.json')
    assert written.rules == {**mapping.rules, target: {first: 0.5, second: 0.5}}
    assert page.input_value('#converter') == 'mine'


def test_both_sides_are_edited_alike_and_a_file_is_replaced_only_when_confirmed(page, tmp_path):
    (tmp_path / 'out' / 'twins.json').write_text('{}')
    page.keyboard.press('m')
    page.select_option('#new-target', 'face48')
    page.click('#new-empty')
    face48, face68 = get_schema('face48'), get_schema('face68')
    left = next(n for n in face48.keypoints if n.startswith('left'))
    spot(page, 'target', left).click()
    page.select_option('#add-source', face68.keypoints[36])
    page.click('#save')
    page.fill('#save-file', 'twins.json')
    answers = iter([False, True])
    asked = []

    def answer(dialog):
        asked.append(dialog.message)
        (dialog.accept if next(answers) else dialog.dismiss)()

    page.on('dialog', answer)
    page.click('#save-write')
    expect(page.locator('#save-problem')).to_contain_text('exists already')
    assert (tmp_path / 'out' / 'twins.json').read_text() == '{}'
    page.click('#save-write')
    expect(page.locator('#status')).to_contain_text('wrote')
    assert len(asked) == 2 and 'Replace it?' in asked[0]
    partner = face48.keypoints[face48.flip_indices[face48.index(left)]]
    other = face68.keypoints[face68.flip_indices[36]]
    written = Mapping.from_file(tmp_path / 'out' / 'twins.json')
    assert written.rules == {left: {face68.keypoints[36]: 1.0}, partner: {other: 1.0}}


def test_the_converted_file_is_exported_and_downloaded(page, files, tmp_path):
    _, expected = convert_coco(get_mapping(NAME), files['faces'])
    page.click('#export')
    assert page.input_value('#save-file') == 'faces_face48.json'
    with page.expect_download() as download:
        page.click('#save-download')
    assert json.loads(download.value.path().read_bytes()) == expected
    page.click('#export')
    page.click('#save-write')
    expect(page.locator('#status')).to_contain_text('annotations converted')
    assert orjson.loads((tmp_path / 'out' / 'faces_face48.json').read_bytes()) == expected


def test_a_small_window_has_room_for_everything(page):
    page.set_viewport_size({'width': 800, 'height': 600})
    for mapping in (False, True):
        if mapping:
            page.keyboard.press('m')
        size = page.evaluate('[document.documentElement.scrollWidth, innerHeight]')
        assert size[0] <= 800
        stage = page.locator('#stage').bounding_box()
        assert stage['width'] > 300 and stage['height'] > 250
        assert page.locator('#list-panel').is_visible() is not mapping
    page.keyboard.press('l')
    assert page.locator('#list-panel').is_visible()
