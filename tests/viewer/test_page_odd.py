"""The page with many pictures, broken ones, other buttons, and schemas without sides."""

import copy

import orjson
import pytest
from PIL import Image

pytest.importorskip('playwright.sync_api')

from mmlandmark.schemas import Mapping, get_mapping, get_schema  # noqa: E402
from mmlandmark.viewer import ViewerSession  # noqa: E402
from viewer.chromium import expect, launched, needs_chromium, opened  # noqa: E402

pytestmark = needs_chromium
MANY = 130  # two pages of the list and a third of ten
NAME = 'face68-to-face48'


@pytest.fixture(scope='module')
def browser():
    with launched() as browser:
        yield browser


@pytest.fixture
def content(files):
    return orjson.loads(files['faces'].read_bytes())


def open_file(content, files, folder, **options):
    (folder / 'faces.json').write_bytes(orjson.dumps(content))
    (folder / 'out').mkdir()
    return ViewerSession(folder / 'faces.json', files['pictures'], out=folder / 'out', **options)


def many(content):
    image, annotation = content['images'][0], content['annotations'][0]
    numbers = range(1, MANY + 1)
    annotations = [copy.deepcopy(annotation) | {'id': n, 'image_id': n} for n in numbers]
    for one in annotations[70:]:  # a point less from the eleventh of the second page on
        one['keypoints'][:3] = [0, 0, 0]
    return content | {
        'images': [image | {'id': n} for n in numbers],
        'annotations': annotations,
    }


def test_every_press_of_a_key_is_a_step_and_no_page_is_left_empty(
    browser, content, files, tmp_path
):
    session = open_file(many(content), files, tmp_path)
    with opened(browser, session) as page:
        here = page.locator('#pictures button[aria-current=true]')
        page.click('#pictures button[data-index="55"]')
        for _ in range(8):
            page.keyboard.press('ArrowRight')
        expect(here).to_have_attribute('data-index', '63')
        expect(page.locator('#caption')).to_contain_text('annotation 64')
        expect(page.locator('#page-text')).to_have_text('61–120 of 130')
        for _ in range(5):
            page.keyboard.press('ArrowLeft')
        expect(here).to_have_attribute('data-index', '58')
        page.keyboard.press('m')
        page.select_option('#new-target', 'face48')
        page.click('#new-empty')
        page.select_option('#add-source', session.file.schemas[0].keypoints[0])
        page.click('#more summary')
        page.fill('#missing-min', '1')
        expect(page.locator('#page-text')).to_have_text('1–60 of 60 (130 in all)')
        page.click('#clear-rule')  # nothing converts, so the labelled points count
        page.fill('#missing-min', '')
        expect(page.locator('#page-text')).to_have_text('1–60 of 130')
        page.click('#page-on')
        page.click('#page-on')
        expect(page.locator('#page-text')).to_have_text('121–130 of 130')
        page.evaluate("document.getElementById('missing-min').value = 1")
        page.select_option('#target-point', index=3)
        page.select_option('#add-source', session.file.schemas[0].keypoints[0])
        expect(page.locator('#page-text')).to_have_text('1–60 of 60 (130 in all)')


def test_only_the_first_button_moves_the_picture(browser, session):
    with opened(browser, session) as page:
        stage = page.locator('#stage').bounding_box()
        x, y = stage['x'] + 20, stage['y'] + 20
        for button, moves in (('right', False), ('left', True)):
            before = page.evaluate('picture.style.transform')
            page.mouse.move(x, y)
            page.mouse.down(button=button)
            page.mouse.move(x + 30, y + 40)
            page.mouse.up(button=button)
            assert (page.evaluate('picture.style.transform') != before) is moves


def test_weights_are_changed_step_by_step_with_the_keyboard(browser, session):
    with opened(browser, session) as page:
        page.keyboard.press('m')
        page.click('#edit')
        mapping = get_mapping(NAME)
        page.select_option('#target-point', next(t for t, r in mapping.rules.items() if r))
        page.select_option('#add-source', index=5)
        weights = page.locator('#weights input')
        first = weights.first.get_attribute('aria-label')
        weights.first.focus()
        for _ in range(3):
            page.keyboard.press('ArrowUp')
        assert weights.first.input_value() == '0.65'
        assert page.evaluate("document.activeElement.getAttribute('aria-label')") == first
        page.click('#save')
        page.dblclick('#save-write')  # no second writing, and no question whether to replace
        expect(page.locator('#status')).to_contain_text('wrote')


def test_without_sides_no_other_point_is_set(browser, content, files, tmp_path):
    names = [f'p{k}' for k in range(68)]
    content['categories'][0] |= {'keypoints': names, 'name': 'mine', 'skeleton': []}
    with opened(browser, open_file(content, files, tmp_path)) as page:
        page.keyboard.press('m')
        page.select_option('#new-target', 'face48')
        page.click('#new-empty')
        expect(page.locator('#mirror')).to_be_disabled()
        expect(page.locator('#mirror')).not_to_be_checked()
        page.select_option('#target-point', 'left_mouth_corner')
        page.select_option('#add-source', 'p54')
        page.click('#save')
        page.fill('#save-name', 'own')
        page.click('#save-write')
        expect(page.locator('#status')).to_contain_text('wrote')
    written = Mapping.from_file(tmp_path / 'out' / 'own.json')
    assert written.rules == {'left_mouth_corner': {'p54': 1.0}}
    assert written.target == get_schema('face48')


def test_why_a_picture_is_not_shown_is_said(browser, content, files, tmp_path):
    names = ['x' * 300 + '.png', 'half.jpg', 'none.png', None]
    for image, name in zip(content['images'][:4], names, strict=True):
        image['file_name'] = name
    pictures = tmp_path / 'pictures'
    pictures.mkdir()
    # the header alone: its size can be told, its pixels cannot
    Image.new('RGB', (256, 256)).save(tmp_path / 'whole.jpg')
    whole = (tmp_path / 'whole.jpg').read_bytes()
    (pictures / 'half.jpg').write_bytes(whole[: whole.index(b'\xff\xda')])
    files = files | {'pictures': pictures}
    with opened(browser, open_file(content, files, tmp_path), '(Bad Request)') as page:
        reason = page.locator('#no-picture')
        for said in ('name too long', 'browser cannot show', 'not found in', 'no file_name'):
            expect(reason).to_contain_text(said)
            expect(page.locator('#overlay .blank')).to_have_count(1)
            page.keyboard.press('ArrowRight')


def test_a_schema_of_which_nothing_is_listed_shows_nothing(browser, content, files, tmp_path):
    content['categories'].append({'id': 9, 'name': 'other', 'keypoints': ['a', 'b']})
    with opened(browser, open_file(content, files, tmp_path)) as page:
        page.select_option('#schema', 'other')
        expect(page.locator('#caption')).to_have_text('no picture is listed')
        assert page.locator('#overlay .point').count() == 0
        assert page.locator('#picture').is_hidden()
        page.select_option('#schema', 'face68')
        expect(page.locator('#overlay .point.source')).to_have_count(68)
